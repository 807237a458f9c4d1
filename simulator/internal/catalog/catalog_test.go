package catalog_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

func TestIndex(t *testing.T) {
	t.Parallel()
	c := catalog.Index(&catalog.Catalog{
		Zones:        []catalog.Zone{{ID: "z1"}, {ID: "z2"}, {ID: "z2", Name: "again"}},
		GPUTypes:     []catalog.GPUType{{Name: "A100"}, {Name: "T4"}},
		Environments: []catalog.Environment{{ID: "e1"}, {ID: "e2"}},
		Images:       []catalog.Image{{Name: "i"}},
		Datasets:     []catalog.Dataset{{ID: "d"}},
		Models:       []catalog.Model{{ID: "m"}},
	})
	if c.Zone("z2") != &c.Zones[1] || c.GPUType("T4") != &c.GPUTypes[1] || c.Environment("e2") != &c.Environments[1] ||
		c.Image("i") != &c.Images[0] || c.Dataset("d") != &c.Datasets[0] || c.Model("m") != &c.Models[0] {
		t.Error("a look-up finds another entry than the first one of its name")
	}
	if c.Zone("") != nil || c.GPUType("z1") != nil || c.Environment("E1") != nil || c.Image("j") != nil || c.Dataset("") != nil ||
		c.Model("M") != nil {
		t.Error("a look-up finds what is not in the catalog")
	}
	if z, e := c.ZoneIndex("z2"), c.EnvironmentIndex("e2"); z != 1 || e != 1 {
		t.Errorf("the indices are %d and %d, want 1 and 1", z, e)
	}
	if z, e := c.ZoneIndex("none"), c.EnvironmentIndex("none"); z != -1 || e != -1 {
		t.Errorf("the indices of what does not exist are %d and %d, want -1 and -1", z, e)
	}
}

func TestPrices(t *testing.T) {
	t.Parallel()
	g := catalog.GPUType{Price: decimal.RequireFromString("22.000125")}
	if got := g.HourlyPrice(8).String(); got != "176.001" {
		t.Errorf("an hour on 8 GPUs costs %s, want 176.001", got)
	}
	const second = des.Time(1_000_000_000)
	for billed, want := range map[des.Time]string{0: "0", 3600 * second: "22", 90 * second: "0.55", 3 * second: "0.02", second / 2: "0"} {
		if got := g.Cost(1, billed).String(); got != want {
			t.Errorf("a GPU for %s costs %s, want %s", billed.Duration(), got, want)
		}
	}
}
