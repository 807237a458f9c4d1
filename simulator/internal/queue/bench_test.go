package queue

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// BenchmarkTasks runs tasks through nodes of 8 GPUs with best-fit: Poisson arrivals, log-normal lengths as fitted to the
// GPU tasks of Alibaba's cluster-trace-gpu-v2023. One iteration is the whole run. At 90 % load a large cluster has room
// for every task at once, and the cost is that of placement; at 130 % thousands wait, and it is that of the queue.
func BenchmarkTasks(b *testing.B) {
	for _, d := range Disciplines() {
		for _, load := range []float64{0.9, 1.3} {
			for _, nodes := range []int{12, 125, 1250} {
				b.Run(fmt.Sprintf("%s/load=%v/nodes=%d/tasks=%d", d.Name(), load, nodes, taskCount(nodes)), func(b *testing.B) {
					b.ReportAllocs()
					longest := 0
					for b.Loop() {
						longest = runTasks(b, d, load, nodes)
					}
					b.ReportMetric(float64(longest), "longest-queue")
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*taskCount(nodes)), "ns/task")
				})
			}
		}
	}
}

func taskCount(nodes int) int { return map[int]int{12: 1000, 125: 10_000, 1250: 100_000}[nodes] }

type happening struct {
	ends       bool
	id         int32
	allocation cluster.Allocation
}

func runTasks(b *testing.B, d Discipline, load float64, nodes int) (longest int) {
	const (
		mu, sigma = 6.566, 1.910 // of the logarithm of the length in seconds
		gpusMean  = .50*1 + .20*2 + .15*4 + .15*8
	)
	var list []cluster.Node
	for i := range nodes {
		list = append(list, cluster.Node{Name: fmt.Sprintf("node-%04d", i), GPUType: "A100", GPUs: 8, CPUMilli: 128_000, MemoryMiB: 1 << 20})
	}
	c, err := cluster.New(list)
	if err != nil {
		b.Fatal(err)
	}
	p, err := cluster.PolicyByName("best-fit", cluster.Options{})
	if err != nil {
		b.Fatal(err)
	}
	q := New(d, c, "")
	r := rand.New(rand.NewPCG(1, 2))
	seconds := func(s float64) des.Time { return des.Time(s * 1e9) }
	meanLength := math.Exp(mu + sigma*sigma/2)
	between := gpusMean * meanLength / (load * float64(nodes*8))
	tasks := taskCount(nodes)
	jobs := make([]Job, tasks)
	var calendar des.Calendar[happening]
	at := 0.0
	for i := range jobs {
		at += r.ExpFloat64() * between
		gpus := []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 8, 8, 8}[r.IntN(20)]
		jobs[i] = Job{
			ID: int32(i), Arrival: int64(i), Limit: seconds(math.Exp(mu + sigma*r.NormFloat64())),
			Request: cluster.Request{GPUs: gpus, Milli: 1000, CPUMilli: int64(gpus) * 16_000, MemoryMiB: int64(gpus) << 17},
		}
		calendar.Schedule(seconds(at), happening{id: int32(i)})
	}
	done := 0
	for now, h, ok := calendar.Pop(); ok; now, h, ok = calendar.Pop() {
		if h.ends {
			c.Release(h.allocation)
			q.Ended(h.id, h.allocation)
			done++
		} else {
			q.Push(jobs[h.id])
		}
		q.Start(c, p, now, func(j Job, a cluster.Allocation) {
			calendar.Schedule(now+j.Limit, happening{true, j.ID, a})
		})
		longest = max(longest, q.Len())
	}
	if done != tasks {
		b.Fatalf("%d of %d tasks ended", done, tasks)
	}
	return longest
}
