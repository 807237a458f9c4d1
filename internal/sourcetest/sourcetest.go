// Package sourcetest reads the project's source, for tests that hold one package against another.
package sourcetest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Constants returns the values of a package's exported text constants that are of one of the types or have one of the names,
// sorted. End* stands for all names that begin with End.
func Constants(t testing.TB, folder string, types ...string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.CONST {
				values = append(values, valuesOf(d, types)...)
			}
		}
	}
	if len(values) == 0 {
		t.Fatalf("%s has no constants of %v", folder, types)
	}
	slices.Sort(values)
	return values
}

func valuesOf(d *ast.GenDecl, types []string) (values []string) {
	for _, spec := range d.Specs {
		spec := spec.(*ast.ValueSpec)
		ofType, typed := spec.Type.(*ast.Ident)
		for i, name := range spec.Names {
			wanted := slices.ContainsFunc(types, func(t string) bool {
				if prefix, ok := strings.CutSuffix(t, "*"); ok {
					return strings.HasPrefix(name.Name, prefix)
				}
				return typed && ofType.Name == t || name.Name == t
			})
			if !wanted || !name.IsExported() || i >= len(spec.Values) {
				continue
			}
			if literal, ok := spec.Values[i].(*ast.BasicLit); ok {
				if text, err := strconv.Unquote(literal.Value); err == nil {
					values = append(values, text)
				}
			}
		}
	}
	return values
}
