package replay

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/des"
)

func TestReadNodes(t *testing.T) {
	want := []cluster.Node{
		{Name: "n1", GPUType: "T4", GPUs: 2, CPUMilli: 96000, MemoryMiB: 1024},
		{Name: "n2", CPUMilli: 4000, MemoryMiB: 8},
	}
	for layout, text := range map[string]string{
		"Alibaba": "sn,cpu_milli,memory_mib,gpu,model\nn1,96000,1024,2,T4\nn2,4000,8,0,\n",
		"ours":    "\ufeffgpus, gpu_type ,name,rack,memory_mib,cpu_milli\n2,T4,n1,r7,1024,96000\n0,,n2,r7,8,4000\n",
	} {
		got, err := ReadNodes(strings.NewReader(text))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", layout, got, err)
		}
	}
	got, err := ReadNodes(strings.NewReader("name,zone,gpus,gpu_type,cpu_milli,memory_mib\nn,az-1,1,T4,1,1\n"))
	if err != nil || got[0].Zone != "az-1" {
		t.Errorf("zone: %+v, %v", got, err)
	}
}

func TestReadTasks(t *testing.T) {
	second := des.Time(time.Second)
	want := []Task{
		{"a", cluster.Request{GPUs: 1, Milli: 460, GPUTypes: []string{"T4", "P100"}, CPUMilli: 6000, MemoryMiB: 12}, 5 * second, 90 * time.Second},
		{"b", cluster.Request{CPUMilli: 1, MemoryMiB: 1}, 6 * second, 4 * time.Second},
		{"c", cluster.Request{GPUs: 8, Milli: 1000, CPUMilli: 1, MemoryMiB: 1}, 7 * second, 500 * time.Millisecond},
	}
	for layout, text := range map[string]string{
		"Alibaba": "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n" +
			"a,6000,12,1,460,T4|P100,LS,Running,5,100,10\nb,1,1,0,300,T4,LS,Pending,6,10,\nc,1,1,8,1200,,BE,Failed,7,7.5,7\n",
		"ours": "name,gpus,gpu_milli,gpu_types,cpu_milli,memory_mib,arrival,duration\n" +
			"a,1,460,T4|P100,6000,12,5,90\nb,0,,,1,1,6,4\nc,8,,,1,1,7,0.5\n",
	} {
		got, err := ReadTasks(strings.NewReader(text))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", layout, got, err)
		}
	}
}

func TestReadErrorsNameLineAndColumn(t *testing.T) {
	for text, want := range map[string]string{
		"":         `node list: line 1: there is no header`,
		"sn,gpu\n": `node list: line 1: there is no column gpu_type or model`,
		"sn,gpu,model,cpu_milli,memory_mib\nn,2,T4,1,1\nn,two,T4,1,1\n": `node list: line 3, column gpu: "two" is no whole number`,
		"sn,gpu,model,cpu_milli,memory_mib\nn,17,T4,1,1\n":              `node list: line 2, column gpu: "17" is not in 0–16`,
		"sn,gpu,model,cpu_milli,memory_mib\nn,1,T4,-1,1\n":              `node list: line 2, column cpu_milli: "-1" is not in 0–2147483647`,
		"sn,gpu,model,cpu_milli,memory_mib\nn,1\n":                      `node list: record on line 2: wrong number of fields`,
	} {
		if _, err := ReadNodes(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	for text, want := range map[string]string{
		"name,gpus,cpu_milli,memory_mib,duration\nt,1,1,1,soon\n":                         `task list: line 2, column duration: "soon" is no number of seconds`,
		"name,gpus,cpu_milli,memory_mib,duration\nt,1,1,1,NaN\n":                          `task list: line 2, column duration: "NaN" is not in 0–4000000000 seconds`,
		"name,gpus,gpu_milli,cpu_milli,memory_mib\nt,1,0,1,1\n":                           `task list: line 2, column gpu_milli: "0" is no part of a GPU`,
		"name,num_gpu,cpu_milli,memory_mib,scheduled_time,deletion_time\nt,1,1,1,20,10\n": `task list: line 2, column deletion_time: "10" is before the task started`,
	} {
		if _, err := ReadTasks(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
