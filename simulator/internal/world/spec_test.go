package world

import (
	"reflect"
	"testing"
)

// fill gives a value to everything that p points to.
func fill(t *testing.T, v reflect.Value, text string) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int:
		v.SetInt(7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), text)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(t, v.Index(0), text)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("key"), reflect.ValueOf(text))
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), text)
		}
	default:
		t.Fatalf("a %s in a draft is new to this test", v.Kind())
	}
}

// A template fills in each field that a draft leaves out, none that it has, and a spec has them all.
func TestDefaultsOfEveryField(t *testing.T) {
	var own, base Draft
	fill(t, reflect.ValueOf(&own).Elem(), "own")
	fill(t, reflect.ValueOf(&base).Elem(), "base")
	if got := own.withDefaults(&base); !reflect.DeepEqual(got, own) {
		t.Errorf("a template changes %+v to %+v", own, got)
	}
	none := Draft{TemplateID: base.TemplateID}
	filled := none.withDefaults(&base)
	if !reflect.DeepEqual(filled, base) {
		t.Errorf("a template %+v fills in %+v", base, filled)
	}
	spec := filled.spec()
	for i, v := 0, reflect.ValueOf(spec); i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("a spec of a whole draft has no %s", v.Type().Field(i).Name)
		}
	}
	again := spec.draft()
	again.TemplateID, again.LaunchMode = base.TemplateID, base.LaunchMode // which a draft of a spec leaves out
	if !reflect.DeepEqual(again, base) {
		t.Errorf("a draft %+v becomes a spec and a draft %+v", base, again)
	}
}
