package replay

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/unicode"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/queue"
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
		{
			Name: "a", Request: cluster.Request{GPUs: 1, Milli: 460, GPUTypes: []string{"T4", "P100"}, CPUMilli: 6000, MemoryMiB: 12},
			Arrival: 5 * second, Length: 90 * time.Second, Limit: 90 * time.Second,
		},
		{Name: "b", Request: cluster.Request{CPUMilli: 1, MemoryMiB: 1}, Arrival: 6 * second, Length: 4 * time.Second, Limit: 4 * time.Second},
		{
			Name: "c", Request: cluster.Request{GPUs: 8, Milli: 1000, CPUMilli: 1, MemoryMiB: 1},
			Arrival: 7 * second, Length: 500 * time.Millisecond, Limit: 500 * time.Millisecond,
		},
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

// A task ends at its limit at the latest.
func TestReadLimits(t *testing.T) {
	tasks, err := ReadTasks(strings.NewReader("name,gpus,cpu_milli,memory_mib,arrival,duration,limit\n" +
		"a,1,1,1,0,90,60\nb,1,1,1,0,90,5m\nc,1,1,1,0,,30\nd,1,1,1,0,90,\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []time.Duration
	for _, task := range tasks {
		got = append(got, task.Length, task.Limit)
	}
	want := []time.Duration{time.Minute, time.Minute, 90 * time.Second, 5 * time.Minute, 30 * time.Second, 30 * time.Second,
		90 * time.Second, 90 * time.Second}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("lengths and limits are %v, want %v", got, want)
	}
	_, err = ReadTasks(strings.NewReader("name,gpus,cpu_milli,memory_mib,limit\na,1,1,1,0\n"))
	if err == nil || !strings.Contains(err.Error(), "line 2, column limit") {
		t.Errorf("a limit of 0: %v", err)
	}
}

func TestReadErrorsNameLineAndColumn(t *testing.T) {
	for text, want := range map[string]string{
		"":         `node list: line 1: there is no header`,
		"sn,gpu\n": `node list: line 1: there is no column gpu_type or model, only sn, gpu`,
		"sn,gpu,model,cpu_milli,memory_mib\nn,2,T4,1,1\nn,two,T4,1,1\n": `node list: line 3, column gpu: "two" is no whole number`,
		"sn,gpu,model,cpu_milli,memory_mib\nn,17,T4,1,1\n":              `node list: line 2, column gpu: "17" is not in 0–16`,
		"sn,gpu,model,cpu_milli,memory_mib\nn,1,T4,-1,1\n":              `node list: line 2, column cpu_milli: "-1" is not in 0–2147483647`,
		"sn,gpu,model,cpu_milli,memory_mib\nn,1\n":                      `node list: line 2, column cpu_milli: the row ends before it`,
	} {
		if _, err := ReadNodes(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	for text, want := range map[string]string{
		"name,gpus,cpu_milli,memory_mib,duration\nt,1,1,1,soon\n": `task list: ` +
			`line 2, column duration: "soon" is no number of seconds`,
		"name,gpus,cpu_milli,memory_mib,duration\nt,1,1,1,Infinity\n": `task list: ` +
			`line 2, column duration: "Infinity" is no number of seconds`,
		"name,gpus,cpu_milli,memory_mib,duration\nt,1,1,1,200y\n": `task list: ` +
			`line 2, column duration: "200y" is no number of seconds`,
		"name,gpus,cpu_milli,memory_mib,duration\nt,1,1,1,99999d\n": `task list: ` +
			`line 2, column duration: "99999d" is not in 0–4000000000 seconds`,
		"name,gpus,cpu_milli,memory_mib\nt,1,1,1,5\n": `task list: line 2: 5 fields, the header has 4`,
		"sep=;\nname;gpus;cpu_milli;memory_mib\nt;1;64,000;1\n": `task list: ` +
			`line 3, column cpu_milli: "64,000" is no whole number`,
		"sep=|\nname|gpus|cpu_milli|memory_mib\n": `task list: ` +
			`line 1: '|' separates no fields; want a comma, a semicolon or a tab`,
		"name,gpus,cpu_milli,memory_mib\nt,8.5,1,1\n": `task list: ` +
			`line 2, column gpus: "8.5" is no whole number`,
		"name,gpus,gpu_milli,cpu_milli,memory_mib\nt,1,0,1,1\n": `task list: ` +
			`line 2, column gpu_milli: "0" is no part of a GPU`,
		"name,num_gpu,cpu_milli,memory_mib,scheduled_time,deletion_time\nt,1,1,1,20,10\n": `task list: ` +
			`line 2, column deletion_time: "10" is before the task started`,
	} {
		if _, err := ReadTasks(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// A file is refused if it can be read in two ways: a column appears twice, or dates are mixed with seconds.
func TestReadRefusesWhatMayMeanTwoThings(t *testing.T) {
	const columns = "name,gpus,cpu_milli,memory_mib,"
	const list = columns + "arrival\n"
	for text, want := range map[string]string{
		"sep=,\nname,gpus,cpu_milli,memory_mib,limit,limit\n": `line 2: columns 5 and 6 are both named limit; rename or remove one`,
		"name,gpus,cpu_milli,memory_mib,GPUs \nt,1,1,1,2\n":   `line 1: columns 2 and 5 are both named gpus; rename or remove one`,
		list + "t,1,1,1,NaT\n":                                `line 2, column arrival: "NaT" is no number of seconds`,
		list + "t,1,1,1,5\nt,1,1,1,unknown\n":                 `line 3, column arrival: "unknown" is no number of seconds`,
		list + "t,1,1,1,2023-07-01\nt,1,1,1,2023-07-02 10:00\nt,1,1,1,7\n": `line 4, column arrival: "7" is no date, ` +
			`and line 2, column arrival, has one; want dates or seconds throughout`,
		list + "t,1,1,1,2023-07-01\nt,1,1,1,\n": `line 3, column arrival: "" is no date, ` +
			`and line 2, column arrival, has one; want dates or seconds throughout`,
		list + "t,1,1,1,90s\nt,1,1,1,2023-07-02\n": `line 3, column arrival: "2023-07-02" is a date, ` +
			`and line 2, column arrival, has seconds; want dates or seconds throughout`,
		columns + "creation_time,deletion_time\nt,1,1,1,5,2023-07-02\n": `line 2, column deletion_time: "2023-07-02" is a date, ` +
			`and line 2, column creation_time, has seconds; want dates or seconds throughout`,
	} {
		if _, err := ReadTasks(strings.NewReader(text)); err == nil || err.Error() != "task list: "+want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	nodes := "sn,gpu,model,gpu,cpu_milli,memory_mib\nn,1,T4,2,1,1\n"
	if _, err := ReadNodes(strings.NewReader(nodes)); err == nil || !strings.Contains(err.Error(), "columns 2 and 4 are both named gpu") {
		t.Errorf("nodes: %v", err)
	}
}

// All of these files have the same content.
func TestReadWhatSpreadsheetsAndPandasWrite(t *testing.T) {
	const list = "name,gpus,gpu_milli,gpu_types,cpu_milli,memory_mib,arrival,duration\n" +
		"a,8,1000,T4|P100,64000,12,5,90\nb,1,460,,1,1,6.5,\nc,0,,,1,1,7,100\n"
	want, err := ReadTasks(strings.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	if end := 107 * time.Second; !want[1].Unended || want[1].Length != end-6500*time.Millisecond || want[0].Unended || want[2].Unended {
		t.Errorf("the task that never ended is %+v", want[1])
	}
	utf16 := func(s string) string {
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	tabs := strings.ReplaceAll(list, ",", "\t")
	for habit, text := range map[string]string{
		"CRLF":                      strings.ReplaceAll(list, "\n", "\r\n"),
		"CR":                        strings.ReplaceAll(list, "\n", "\r"),
		"no last newline":           strings.TrimSuffix(list, "\n"),
		"byte order mark":           "\ufeff" + list,
		"the same before a quote":   "\ufeff\"name\"" + strings.TrimPrefix(list, "name"),
		"tabs":                      tabs,
		"Unicode text":              utf16(strings.ReplaceAll(tabs, "\n", "\r\n")),
		"semicolons, decimal comma": strings.ReplaceAll(strings.ReplaceAll(list, ",", ";"), "6.5", "6,5"),
		"the separator in a line":   "sep=;\r\n" + strings.ReplaceAll(list, ",", ";"),
		"that line in quotes":       "\ufeff\"sep=,\"\n" + list,
		"blank rows and columns":    strings.ReplaceAll(list, "\n", ",,\n,,,,,,,,,\n"),
		"capitals and blanks in names": "Name, GPUs ,GPU Milli,GPU-Types,CPU milli,MEMORY_MIB,Arrival,Duration\n" +
			strings.Join(strings.SplitAfter(list, "\n")[1:], ""),
		"thousands": strings.Replace(list, "64000", "\"64,000\"", 1),
		"exponents": strings.Replace(list, "64000", "6.4E+04", 1),
		"floats, an index, NaN": ",name,gpus,gpu_milli,gpu_types,cpu_milli,memory_mib,arrival,duration\n" +
			"0,a,8.0,1000.0,T4|P100,64000.0,12.0,5.0,90.0\n1,b,1.0,460.0,NaN,1.0,1.0,6.5,NaN\n2,c,0.0,NaN,,1.0,1.0,7.0,100.0\n",
		"None and blanks": "name,gpus,gpu_milli,gpu_types,cpu_milli,memory_mib,arrival,duration\n" +
			" a , 8 ,1000, T4 | P100 |, 64000,12,5,90\nb,1,460,None,1,1,6.5,<NA>\nc,0,,,1,1,7,100\n",
		"durations with units": "name,gpus,gpu_milli,gpu_types,cpu_milli,memory_mib,arrival,duration\n" +
			"a,8,1000,T4|P100,64000,12,0 days 00:00:05,1m30s\nb,1,460,,1,1,6.5s,NaT\nc,0,,,1,1,0:00:07,00:01:40\n",
		"short rows": "name,gpus,gpu_milli,gpu_types,cpu_milli,memory_mib,arrival,duration\n" +
			"a,8,1000,T4|P100,64000,12,5,90\nb,1,460,,1,1,6.5\nc,0,,,1,1,7,100\n",
		"times as Alibaba has them": "name,num_gpu,gpu_milli,gpu_spec,cpu_milli,memory_mib,creation_time,scheduled_time,deletion_time\n" +
			"a,8,1000,T4|P100,64000,12,5,6,96\nb,1,460,,1,1,6.5,NaN,-1\nc,0,,,1,1,7,7,107\n",
	} {
		got, err := ReadTasks(strings.NewReader(text))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", habit, got, err)
		}
	}
	dated, err := ReadTasks(strings.NewReader("name,gpus,cpu_milli,memory_mib,creation_time,scheduled_time,deletion_time\n" +
		"a,1,1,1,2023-07-01 00:00:00,2023-07-01T00:00:30Z,2023-07-02 02:00:30.5+02:00\n"))
	if err != nil || dated[0].Length != 24*time.Hour+500*time.Millisecond {
		t.Errorf("dates: %+v, %v", dated, err)
	}
}

// GPU types that differ only in case are the same. Types and zones that no node has cause warnings.
func TestGPUTypesOfAnyCase(t *testing.T) {
	nodes, err := ReadNodes(strings.NewReader("name,gpus,gpu_type,cpu_milli,memory_mib\nm,8,A100,1,1\nn,8,a100,1,1\no,0,nan,1,1\n"))
	if err != nil {
		t.Fatal(err)
	}
	tasks, err := ReadTasks(strings.NewReader("name,gpus,gpu_types,cpu_milli,memory_mib,arrival,duration,zone\n" +
		"a,8,a100,1,1,0,10,\nb,8,A100|a100,1,1,0,10,\nc,1,h100 | a100,1,1,0,10,\nd,1,H100,1,1,0,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	w := Workload{nodes, tasks}
	want := []string{
		`no node has the GPU type "h100" (asked for by 2); they have A100`,
		"1 of 4 tasks never ended in the record: a timed run keeps them to its end",
	}
	if got := w.Warnings(); !reflect.DeepEqual(got, want) {
		t.Errorf("warnings %q, want %q", got, want)
	}
	r, err := RunTimed(w, Options{Policy: "best-fit"}, queue.FIFO)
	if err != nil || r.Tasks != 3 || r.Rejected != 1 || r.Waiting.Max != 10 {
		t.Errorf("%+v, %v", r, err)
	}
	drawn, err := Run(w, Options{Policy: "best-fit", Target: 1})
	if err != nil || drawn.Rejected == 0 || drawn.Rejected > drawn.Failed || drawn.Failed == drawn.Tasks {
		t.Errorf("%+v, %v", drawn, err)
	}
	if tasks[0].Request.GPUTypes[0] != "a100" || nodes[1].GPUType != "a100" {
		t.Error("the lists themselves have changed")
	}
	w.Tasks[0].Request.Zone = "az-9"
	if got := w.Warnings(); len(got) != 3 || got[1] != `no node has the zone "az-9" (asked for by 1); they name none` {
		t.Errorf("warnings %q", got)
	}
}
