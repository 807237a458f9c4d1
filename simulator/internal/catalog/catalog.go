package catalog

import (
	"github.com/shopspring/decimal"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// Catalog is what a cluster has to offer. Ids and names are unique in their list.
type Catalog struct {
	Currency     string        `yaml:"currency"` // of all prices, ISO 4217
	Zones        []Zone        `yaml:"zones"`
	GPUTypes     []GPUType     `yaml:"gpu_types"`
	Environments []Environment `yaml:"environments"`
	Images       []Image       `yaml:"images"`
	Datasets     []Dataset     `yaml:"datasets"`
	Models       []Model       `yaml:"models"`
}

// Zone is an availability zone.
type Zone struct {
	ID     string `yaml:"id"`
	Name   string `yaml:"name"`
	Region string `yaml:"region"`
}

// GPUType is a model of GPU and the nodes that have it.
type GPUType struct {
	Name        string          `yaml:"name"`
	MemoryGB    int             `yaml:"memory_gb"`
	Class       string          `yaml:"class"`
	Recommended bool            `yaml:"recommended"`
	Price       decimal.Decimal `yaml:"price"`  // per GPU-hour
	TFLOPS      float64         `yaml:"tflops"` // peak of dense half-precision arithmetic
	Node        NodeShape       `yaml:"node"`
}

// At returns the type at a part of its price.
func (g *GPUType) At(factor decimal.Decimal) *GPUType {
	cheaper := *g
	cheaper.Price = g.Price.Mul(factor)
	return &cheaper
}

// HourlyPrice returns the price of an hour on some GPUs of this type.
func (g *GPUType) HourlyPrice(gpus int) decimal.Decimal {
	return g.Price.Mul(decimal.NewFromInt(int64(gpus)))
}

// Cost returns the price of some GPUs of this type for a time, rounded half away from zero to hundredths.
func (g *GPUType) Cost(gpus int, billed des.Time) decimal.Decimal {
	const nanosecondsPerHour = 3_600_000_000_000
	return g.HourlyPrice(gpus).Mul(decimal.NewFromInt(int64(billed))).DivRound(decimal.NewFromInt(nanosecondsPerHour), 2)
}

// NodeShape is the size of a node.
type NodeShape struct {
	GPUs     int `yaml:"gpus"`
	CPUCores int `yaml:"cpu_cores"`
	MemoryGB int `yaml:"memory_gb"`
}

// Environment is a development environment as it is when its cluster starts. It has nodes of its own.
type Environment struct {
	ID       string       `yaml:"id"`
	Name     string       `yaml:"name"`
	Type     string       `yaml:"type"`
	Image    string       `yaml:"image"`
	Zone     string       `yaml:"zone"`
	GPUType  string       `yaml:"gpu_type"`
	GPUs     int          `yaml:"gpus"`
	CPUCores int          `yaml:"cpu_cores"`
	MemoryGB int          `yaml:"memory_gb"`
	Uptime   des.Duration `yaml:"uptime"`
	Tags     []string     `yaml:"tags"`
	Stopped  bool         `yaml:"stopped"`
}

// Image is a container image. A missing image can't be pulled.
type Image struct {
	Name    string `yaml:"name" json:"name"`
	SizeMB  int64  `yaml:"size_mb" json:"sizeMb"`
	Missing bool   `yaml:"missing" json:"missing,omitempty"`
}

// Dataset is a set of training data.
type Dataset struct {
	ID       string   `yaml:"id"`
	Name     string   `yaml:"name"`
	Versions []string `yaml:"versions"`
	SizeMB   int64    `yaml:"size_mb"`
	Tokens   float64  `yaml:"tokens"` // how many tokens one training reads
}

// Model is a model to train.
type Model struct {
	ID         string  `yaml:"id"`
	Name       string  `yaml:"name"`
	Parameters float64 `yaml:"parameters"`
}
