package httpapi_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

// observability is a folder of files that name metrics.
var observability = filepath.Join("..", "..", "..", "examples", "observability")

// exposed are the series of a server where everything has happened: for each name the labels, with their values.
func exposed(t *testing.T) map[string]map[string][]string {
	t.Helper()
	a := newAPI(t)
	a.create(existing("env-001"))
	a.create(dynamic("az-bj-a", "A100", 8))
	a.fault(`{"status":503,"count":1}`)
	a.call("GET", tasks, "")
	a.create(existing("env-002"))
	a.stopEnvironments("env-002")
	a.ok("POST", "/sim/v1/nodes/az-bj-a-v100-01/fail", "")
	a.advanceUntilIdle()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(a.ok("GET", "/metrics", "").Body))
	if err != nil {
		t.Fatal(err)
	}
	series := map[string]map[string][]string{"up": {}}
	for name, family := range families {
		labels := map[string][]string{}
		for _, m := range family.Metric {
			for _, pair := range m.Label {
				labels[pair.GetName()] = append(labels[pair.GetName()], pair.GetValue())
			}
		}
		series[name] = labels
		if family.GetType().String() == "HISTOGRAM" {
			delete(series, name)
			buckets := map[string][]string{"le": nil}
			for l, values := range labels {
				buckets[l] = values
			}
			series[name+"_bucket"], series[name+"_sum"], series[name+"_count"] = buckets, labels, labels
		}
	}
	return series
}

// dashboardQueries are the expressions of the dashboard, and what it asks for the values of its variables.
func dashboardQueries(t *testing.T) (queries []string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(observability, "dashboard.json"))
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Templating struct {
			List []struct {
				Type  string
				Query json.RawMessage
			}
		}
		Panels []struct {
			Title, Type string
			Targets     []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(data, &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, v := range dashboard.Templating.List {
		if v.Type == "query" {
			queries = append(queries, string(v.Query))
		}
	}
	for _, p := range dashboard.Panels {
		if (len(p.Targets) == 0) != (p.Type == "row") {
			t.Errorf("the panel %q of type %s has %d queries", p.Title, p.Type, len(p.Targets))
		}
		for _, target := range p.Targets {
			queries = append(queries, target.Expr)
		}
	}
	return queries
}

func alertQueries(t *testing.T) (queries []string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(observability, "alerts.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(data)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			if r.Alert == "" || r.Expr == "" || r.Annotations["summary"] == "" || r.Labels["severity"] == "" {
				t.Errorf("a rule lacks something: %+v", r)
			}
			queries = append(queries, r.Expr)
			for _, text := range r.Annotations {
				queries = append(queries, metricName.FindAllString(text, -1)...)
			}
		}
	}
	return queries
}

var (
	metricName = regexp.MustCompile(`\b(up|(?:fermi|go|process|promhttp)_[a-zA-Z0-9_]+)(?:\{([^}]*)\})?`)
	matcher    = regexp.MustCompile(`(\w+)\s*(=~|!=|!~|=)\s*"([^"]*)"`)
	grouping   = regexp.MustCompile(`\b(?:by|without|on|ignoring)\s*\(([^)]*)\)`)
	scraped    = []string{"instance", "job"} // labels that Prometheus adds
)

// Every metric, label and value that the examples name is there, and every metric of the simulator's own is shown.
func TestTheExamplesNameMetricsThatExist(t *testing.T) {
	t.Parallel()
	series := exposed(t)
	shown := map[string]bool{}
	for _, query := range slices.Concat(dashboardQueries(t), alertQueries(t)) {
		known := slices.Clone(scraped)
		names := metricName.FindAllStringSubmatch(query, -1)
		if len(names) == 0 {
			t.Errorf("%q names no metric", query)
		}
		for _, m := range names {
			labels, ok := series[m[1]]
			if !ok {
				t.Errorf("there is no metric %s in %q", m[1], query)
			}
			shown[family(m[1])] = true
			for l := range labels {
				known = append(known, l)
			}
			for _, pair := range matcher.FindAllStringSubmatch(m[2], -1) {
				checkMatcher(t, query, labels, pair[1], pair[2], pair[3])
			}
		}
		for _, group := range grouping.FindAllStringSubmatch(query, -1) {
			for _, label := range strings.Split(group[1], ",") {
				if !slices.Contains(known, strings.TrimSpace(label)) {
					t.Errorf("no metric in %q has a label %q", query, label)
				}
			}
		}
	}
	for name := range series {
		if strings.HasPrefix(name, "fermi_") && !shown[family(name)] {
			t.Errorf("neither the dashboard nor an alert shows %s", name)
		}
	}
}

func checkMatcher(t *testing.T, query string, labels map[string][]string, label, operator, value string) {
	t.Helper()
	if slices.Contains(scraped, label) {
		return
	}
	pattern := regexp.QuoteMeta(value)
	if strings.HasSuffix(operator, "~") {
		pattern = value
	}
	whole, err := regexp.Compile("^(?:" + pattern + ")$")
	if err != nil {
		t.Errorf("%q: %v", query, err)
		return
	}
	if !slices.ContainsFunc(labels[label], whole.MatchString) {
		t.Errorf("no series in %q has %s%s%q; there are %q", query, label, operator, value, slices.Compact(labels[label]))
	}
}

// family is the name of a metric, for a histogram without what its series add.
func family(name string) string {
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		name = strings.TrimSuffix(name, suffix)
	}
	return name
}

func TestThePrometheusConfigurationLoadsTheAlerts(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(observability, "prometheus.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Rules  []string `yaml:"rule_files"`
		Scrape []struct {
			Job         string `yaml:"job_name"`
			MetricsPath string `yaml:"metrics_path"`
		} `yaml:"scrape_configs"`
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	for _, rules := range file.Rules {
		if _, err := os.Stat(filepath.Join(observability, rules)); err != nil {
			t.Error(err)
		}
	}
	if len(file.Rules) != 1 || len(file.Scrape) != 1 || file.Scrape[0].Job != "fermi-simulator" || file.Scrape[0].MetricsPath != "" {
		t.Errorf("the configuration is %+v", file)
	}
}
