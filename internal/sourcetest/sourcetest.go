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
	var values []string
	for _, spec := range constants(t, folder) {
		values = append(values, valuesOf(spec, types)...)
	}
	if len(values) == 0 {
		t.Fatalf("%s has no constants of %v", folder, types)
	}
	slices.Sort(values)
	return values
}

// Enumerations returns the names of the types of a package's exported text constants, sorted.
func Enumerations(t testing.TB, folder string) []string {
	t.Helper()
	var types []string
	for _, spec := range constants(t, folder) {
		if ofType, ok := spec.Type.(*ast.Ident); ok && len(valuesOf(spec, []string{ofType.Name})) > 0 {
			types = append(types, ofType.Name)
		}
	}
	slices.Sort(types)
	return slices.Compact(types)
}

// constants returns the specifications of a package's constants.
func constants(t testing.TB, folder string) (specs []*ast.ValueSpec) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
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
				for _, spec := range d.Specs {
					specs = append(specs, spec.(*ast.ValueSpec))
				}
			}
		}
	}
	return specs
}

// valuesOf returns the values of a specification's exported text constants that are of one of the types or have one of the names.
func valuesOf(spec *ast.ValueSpec, types []string) (values []string) {
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
	return values
}
