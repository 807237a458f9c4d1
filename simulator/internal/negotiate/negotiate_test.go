package negotiate_test

import (
	"net/http"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/negotiate"
)

func TestGzip(t *testing.T) {
	for header, want := range map[string]bool{
		"": false, "identity": false, "gzipped": false, "br": false, "gzip": true, "GZIP": true, "x-gzip": true,
		"deflate, GZIP": true, "gzip;q=0": false, "br, GZIP ; q=0.0": false, "gzip;q=0.5": true, "gzip;level=9": true,
		"gzip;level=9;Q=0": false, "*": true, "*;q=0": false, "br;q=1, *;q=0.1": true, "gzip;q=0, *": false,
		"identity, gzip;q=0.5": false, "identity;q=0.5, gzip": true, "identity;q=0, *": true,
		"gzip;q=2": false, "gzip;q=": false, "gzip;q=NaN": false, "gzip;q=-1": false, ",,gzip": true,
	} {
		if got := negotiate.Gzip(http.Header{"Accept-Encoding": {header}}); got != want {
			t.Errorf("%q: %t, want %t", header, got, want)
		}
	}
	if !negotiate.Gzip(http.Header{"Accept-Encoding": {"br", "gzip"}}) {
		t.Error("a second header is overlooked")
	}
	if negotiate.Gzip(nil) {
		t.Error("a client that says nothing gets gzip")
	}
}
