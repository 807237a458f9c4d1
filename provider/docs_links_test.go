package provider

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	pageLink = regexp.MustCompile(`\]\(([^)\s:]*?\.md)?(?:#([^)\s]*))?\)`)
	heading  = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	anchor   = regexp.MustCompile(`<a id="([^"]*)">`)
)

// anchors returns the names by which a page's headings can be linked on GitHub and in the registry.
func anchors(content string) map[string]bool {
	found := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(content, -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(match[1]), "")
		found[strings.ReplaceAll(name, " ", "-")] = true
	}
	for _, match := range anchor.FindAllStringSubmatch(content, -1) {
		found[match[1]] = true
	}
	return found
}

// Each link between pages, or within one, leads to an existing page and heading.
func TestDocumentationLinks(t *testing.T) {
	pages := map[string]string{}
	read := func(path string) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		pages[path] = string(content)
	}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != "..":
			return filepath.SkipDir
		case filepath.Ext(path) == ".md":
			read(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	for path, content := range pages {
		for _, match := range pageLink.FindAllStringSubmatch(content, -1) {
			links++
			target := path
			if match[1] != "" {
				target = filepath.Join(filepath.Dir(path), match[1])
			}
			if page, ok := pages[target]; !ok {
				t.Errorf("%s links to %s, which doesn't exist", path, match[1])
			} else if match[2] != "" && !anchors(page)[match[2]] {
				t.Errorf("%s links to #%s of %s, which has no such heading", path, match[2], target)
			}
		}
	}
	if links < 10 {
		t.Errorf("found only %d links", links)
	}
}
