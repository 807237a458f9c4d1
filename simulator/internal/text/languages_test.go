package text

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// isChinese reports whether a text has a character that only Chinese has, its punctuation among them.
func isChinese(text string) bool {
	return strings.ContainsFunc(text, func(c rune) bool {
		return unicode.Is(unicode.Han, c) || c >= 0x3000 && c <= 0x303f || c >= 0xff00 && c <= 0xffef
	})
}

// source parses each Go file below a folder that is no test, and calls f with the file's path from the folder.
func source(t *testing.T, folder string, f func(path string, set *token.FileSet, file *ast.File)) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(folder, path)
		f(filepath.ToSlash(relative), set, file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// No other package of the simulator says anything in Chinese.
func TestNoOtherPackageHasATextInChinese(t *testing.T) {
	t.Parallel()
	files := 0
	source(t, "../..", func(path string, set *token.FileSet, file *ast.File) {
		if files++; strings.HasPrefix(path, "internal/text/") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING && isChinese(unquoted(t, literal)) {
				t.Errorf("%s: %s belongs in package text", set.Position(n.Pos()), literal.Value)
			}
			return true
		})
	})
	if files < 100 {
		t.Errorf("only %d files were read", files)
	}
}

func unquoted(t *testing.T, literal *ast.BasicLit) string {
	t.Helper()
	text, err := strconv.Unquote(literal.Value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// placeholder is what stands for a value in a text: {name} or a verb of package fmt, with the place of its argument left out.
var placeholder = regexp.MustCompile(`\{[a-zA-Z]+\}|%(?:\[\d+\])?[a-z]`)

func placeholders(text string) []string {
	found := placeholder.FindAllString(text, -1)
	for i := range found {
		found[i] = regexp.MustCompile(`\[\d+\]`).ReplaceAllString(found[i], "")
	}
	return found
}

// Every Chinese text stands beside its English in a Message, and the English has all values that the Chinese has.
func TestEveryTextIsInBothLanguages(t *testing.T) {
	t.Parallel()
	pairs := 0
	source(t, ".", func(_ string, set *token.FileSet, file *ast.File) {
		paired := map[ast.Node]bool{}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if len(n.Elts) != 2 {
					break
				}
				chinese, isText := n.Elts[0].(*ast.BasicLit)
				if !isText || chinese.Kind != token.STRING {
					break
				}
				pairs++
				paired[chinese] = true
				c, e := unquoted(t, chinese), joined(t, n.Elts[1])
				if isChinese(e) || e == "" {
					t.Errorf("%s: %q is not English", set.Position(n.Pos()), e)
				}
				for _, p := range placeholders(c) {
					if !slices.Contains(placeholders(e), p) {
						t.Errorf("%s: the English %q lacks %s of %q", set.Position(n.Pos()), e, p, c)
					}
				}
			case *ast.BasicLit:
				if n.Kind == token.STRING && isChinese(unquoted(t, n)) && !paired[n] {
					t.Errorf("%s: %s has no English beside it", set.Position(n.Pos()), n.Value)
				}
			}
			return true
		})
	})
	if pairs < 100 {
		t.Errorf("only %d pairs were found", pairs)
	}
}

// joined returns the string literals of an expression, put together.
func joined(t *testing.T, e ast.Expr) (text string) {
	t.Helper()
	ast.Inspect(e, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			text += unquoted(t, literal)
		}
		return true
	})
	return text
}
