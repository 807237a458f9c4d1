package httpapi_test

import (
	"net/url"
	"testing"

	"github.com/shopspring/decimal"
)

func TestCatalogLists(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for _, c := range []struct{ target, field, want string }{
		{"gpu-types", "name", "A100 V100 T4 RTX3090"},
		{"gpu-types?recommended=true", "name", "A100"},
		{"gpu-types?recommended=false&sort=memory", "name", "T4 RTX3090 V100"},
		{"gpu-types?minMemory=24", "name", "A100 V100 RTX3090"},
		{"gpu-types?sort=name", "name", "A100 RTX3090 T4 V100"},
		{"gpu-types?sort=price&order=desc", "name", "A100 V100 T4 RTX3090"},
		{"gpu-types?order=desc&pageSize=3&page=2", "name", "A100"},
		{"images?name=pytorch", "name", "pytorch/pytorch:2.1.0-cuda12.1 pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime"},
		{"images?sort=size&pageSize=1", "name", "tensorflow/tensorflow:2.14.0-gpu"},
		{"images?sort=name&order=desc&pageSize=1", "name", "tensorflow/tensorflow:2.14.0-gpu"},
		{"images?name=" + url.QueryEscape("不存在"), "name", ""},
		{"datasets", "id", "dataset-001 dataset-002 dataset-003"},
		{"datasets?sort=size&order=desc", "id", "dataset-003 dataset-002 dataset-001"},
		{"datasets?sort=name&order=desc", "name", "imagenet-1k code-instructions alpaca-zh"},
		{"datasets?name=code", "id", "dataset-002"},
		{"models?sort=parameters", "id", "model-003 model-002 model-001"},
		{"models?sort=name", "name", "bert-large llama2-7b resnet-50"},
		{"models?name=bert", "id", "model-002"},
		{"models?page=2", "id", ""},
	} {
		if got := a.ids("/api/v1/"+c.target, c.field); got != c.want {
			t.Errorf("%s: got %q, want %q", c.target, got, c.want)
		}
	}
	// The list is sorted in a copy: what the world reads keeps its order.
	equal(t, "the order after the sorted lists", a.ids("/api/v1/datasets", "id"), "dataset-001 dataset-002 dataset-003")
}

func TestCatalogItems(t *testing.T) {
	t.Parallel()
	a := newAPI(t, func(s *setup) {
		s.scenario.GPUTypes[1].Price = decimal.RequireFromString("22.000125")
		s.scenario.GPUTypes[2].Price = decimal.RequireFromString("4")
		s.scenario.Images[0].Missing = true
	})
	type m = map[string]any
	for target, want := range map[string]m{
		"gpu-types/A100": {"name": "A100", "memory": 80.0, "class": "高性能", "recommended": true,
			"pricePerGpuHour": m{"amount": "36.80", "currency": "CNY"}},
		"gpu-types/V100": {"name": "V100", "memory": 32.0, "class": "标准性能", "recommended": false,
			"pricePerGpuHour": m{"amount": "22.000125", "currency": "CNY"}},
		"gpu-types/T4": {"name": "T4", "memory": 16.0, "class": "入门级", "recommended": false,
			"pricePerGpuHour": m{"amount": "4.00", "currency": "CNY"}},
		"datasets/dataset-001": {"id": "dataset-001", "name": "alpaca-zh", "sizeMb": 4000.0, "tokens": 1.5e8,
			"versions": []any{"version-001", "version-002"}},
		"models/model-001": {"id": "model-001", "name": "llama2-7b", "parameters": 6.7e9},
	} {
		equal(t, target, data[m](t, a.ok("GET", "/api/v1/"+target, "")), want)
	}
	equal(t, "the image of which no pull succeeds", a.ids("/api/v1/images?name=2.1.0", "name"),
		"pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime")
	equal(t, "a custom image is allowed", a.task(a.create(dynamicWith("az-bj-a", "A100", 1, "my/own:1"))).Status, "allocating")
	for target, want := range map[string][]any{
		"gpu-types/H100":         {404, "GPU_TYPE_NOT_FOUND", "GPU 类型不存在：H100"},
		"datasets/dataset-9":     {404, "DATASET_NOT_FOUND", "数据集不存在：dataset-9"},
		"models/m":               {404, "MODEL_NOT_FOUND", "模型不存在：m"},
		"gpu-types?recommended=": {400, "INVALID_PARAMETER", `查询参数 recommended 无效："" 应为 true, false 之一`},
		"gpu-types?minMemory=x":  {400, "INVALID_PARAMETER", "查询参数 minMemory 无效：应为 0 到 1073741824 的整数"},
		"images?sort=price":      {400, "INVALID_PARAMETER", `查询参数 sort 无效："price" 应为 name, size 之一`},
		"models?id=model-001":    {400, "UNKNOWN_PARAMETER", "未知查询参数：id"},
	} {
		got := a.call("GET", "/api/v1/"+target, "")
		equal(t, target, []any{got.Status, got.reason(), got.Message}, want)
	}
}

// A list of nothing is an empty list.
func TestEmptyCatalog(t *testing.T) {
	t.Parallel()
	a := newAPI(t, func(s *setup) { s.scenario.Images, s.scenario.Models = nil, nil })
	for _, target := range []string{"images", "models"} {
		equal(t, target, a.ok("GET", "/api/v1/"+target, "").Body,
			`{"code":200,"message":"成功","data":[],"page":{"number":1,"size":50,"total":0}}`+"\n")
	}
}
