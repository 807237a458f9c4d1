package world

import (
	"regexp"
	"slices"
)

// imageReference is the grammar of OCI image references: [domain[:port]/]path[:tag][@digest].
var imageReference = regexp.MustCompile(`^(` + imageDomain + `(:[0-9]+)?/)?` + imagePath + `(/` + imagePath + `)*` +
	`(:[0-9A-Za-z_][0-9A-Za-z_.-]{0,127})?(@[A-Za-z][0-9A-Za-z]*([-_+.][A-Za-z][0-9A-Za-z]*)*:[0-9A-Fa-f]{32,})?$`)

const (
	imageLabel  = `[0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?`
	imageDomain = `(` + imageLabel + `(\.` + imageLabel + `)*|\[[0-9A-Fa-f:]+\])`
	imagePath   = `[0-9a-z]+((\.|_|__|-+)[0-9a-z]+)*`
)

// checkImage reports an image that no registry can have. The configuration's own images may have any name.
func (w *World) checkImage(name *string) *Error {
	if name == nil || imageReference.MatchString(*name) || slices.ContainsFunc(w.cfg.Images, func(i Image) bool { return i.Name == *name }) {
		return nil
	}
	return invalid(ReasonImageInvalid, "resourceConfig.image").with("image", *name)
}

// image looks an image up; one that the configuration doesn't list is custom, of the size set for these.
func (w *World) image(name string) Image {
	if i := slices.IndexFunc(w.cfg.Images, func(i Image) bool { return i.Name == name }); i >= 0 {
		return w.cfg.Images[i]
	}
	return Image{Name: name, SizeMB: w.cfg.Timings.UnknownImageMB}
}

// imageCache is what a node has pulled, the least recently used first.
type imageCache []Image

func (c imageCache) has(name string) bool {
	return slices.ContainsFunc(c, func(i Image) bool { return i.Name == name })
}

// with returns the cache after a use of the image, within limit MB; the newest image stays even if it is larger.
func (c imageCache) with(image Image, limit int64) imageCache {
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
