package world

import (
	"regexp"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
)

// imageReference is the grammar of OCI image references: [domain[:port]/]path[:tag][@digest].
var imageReference = regexp.MustCompile(`^(` + imageDomain + `(:[0-9]+)?/)?` + imagePath + `(/` + imagePath + `)*` +
	`(:[0-9A-Za-z_][0-9A-Za-z_.-]{0,127})?(@[A-Za-z][0-9A-Za-z]*([-_+.][A-Za-z][0-9A-Za-z]*)*:[0-9A-Fa-f]{32,})?$`)

const (
	imageLabel  = `[0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?`
	imageDomain = `(` + imageLabel + `(\.` + imageLabel + `)*|\[[0-9A-Fa-f:]+\])`
	imagePath   = `[0-9a-z]+((\.|_|__|-+)[0-9a-z]+)*`
)

// imageCaches is the part of a world that knows which images each node has.
type imageCaches struct {
	*core

	list []imageCache // by node
}

// clone returns a copy. It shares the caches, which are replaced when they change and never written to.
func (c *imageCaches) clone() imageCaches {
	copied := *c
	copied.list = slices.Clone(c.list)
	return copied
}

// has reports whether a node has an image.
func (c *imageCaches) has(node int, image string) bool { return c.list[node].has(image) }

// use notes that a node has just used an image, which it keeps.
func (c *imageCaches) use(node int, image catalog.Image) {
	c.journal.note(subject{kind: nodeMemory, n: node})
	c.list[node] = c.list[node].with(image, c.cfg.imageCacheMB())
}

// drop removes all images of a node.
func (c *imageCaches) drop(node int) {
	c.journal.note(subject{kind: nodeMemory, n: node})
	c.list[node] = nil
}

// imageCache is the images of one node, the least recently used first.
type imageCache []catalog.Image

func (c imageCache) has(name string) bool {
	return slices.ContainsFunc(c, func(i catalog.Image) bool { return i.Name == name })
}

// with returns the cache after a use of an image. It drops the least recently used images until the rest fits into limit
// MB; the image itself stays even if it is larger.
func (c imageCache) with(image catalog.Image, limit int64) imageCache {
	out := make(imageCache, 0, len(c)+1)
	total := image.SizeMB
	for _, i := range c {
		if i.Name != image.Name {
			out = append(out, i)
			total += i.SizeMB
		}
	}
	for len(out) > 0 && total > limit {
		total -= out[0].SizeMB
		out = out[1:]
	}
	return append(out, image)
}
