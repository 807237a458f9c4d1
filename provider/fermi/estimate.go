package fermi

import (
	"context"
	"net/http"
	"time"
)

// An Estimate is what a creation would lead to if it came now.
type Estimate struct {
	LaunchMode     LaunchMode      `json:"launchMode"`
	EnvironmentID  string          `json:"environmentId"`
	ResourceConfig *ResourceConfig `json:"resourceConfig"`
	HourlyPrice    Money           `json:"hourlyPrice"`
	Cost           CostRange       `json:"cost"`
	StartTime      ForecastTime    `json:"startTime"`
	FinishTime     ForecastTime    `json:"finishTime"`
	// QueuePosition is 1 for the next one, 0 when the task would start at once.
	QueuePosition int64        `json:"queuePosition"`
	Capacity      Capacity     `json:"capacity"`
	Suggestions   []Suggestion `json:"suggestions"`
}

// A CostRange is the cost of a whole task: one case in ten costs less than Low, another more than High.
type CostRange struct {
	Low    Money `json:"low"`
	Median Money `json:"median"`
	High   Money `json:"high"`
}

// A ForecastTime is by when something happens, in half and in nine of ten cases; nil where it doesn't in so many.
type ForecastTime struct {
	Median *time.Time `json:"median"`
	P90    *time.Time `json:"p90"`
}

// Capacity is the room that a task would find now.
type Capacity struct {
	Verdict       string   `json:"verdict"` // fits, queues, alone or shares
	Message       string   `json:"message"`
	Reason        string   `json:"reason"` // of waiting; empty when it wouldn't
	WantedGPUs    int64    `json:"wantedGpus"`
	FreeGPUs      int64    `json:"freeGpus"`
	SharedWith    int64    `json:"sharedWith"` // tasks
	Nodes         []string `json:"nodes"`      // why each class of nodes is turned down
	ZonesWithRoom []string `json:"zonesWithRoom"`
}

// VerdictQueues is the verdict on a task that would wait for GPUs.
const VerdictQueues = "queues"

// A Suggestion is an alternative that costs less or ends sooner.
type Suggestion struct {
	Kind           string          `json:"kind"` // availability_zone, gpu_type, gpu_count, environment or launch_mode
	Message        string          `json:"message"`
	LaunchMode     LaunchMode      `json:"launchMode"`
	EnvironmentID  string          `json:"environmentId"`
	ResourceConfig *ResourceConfig `json:"resourceConfig"`
	HourlyPrice    Money           `json:"hourlyPrice"`
	Cost           Money           `json:"cost"`
	StartTime      *time.Time      `json:"startTime"`
	FinishTime     *time.Time      `json:"finishTime"`
	Saving         Saving          `json:"saving"`
}

// A Saving is money and time; below zero where the alternative costs more, or ends later.
type Saving struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	Seconds  int64  `json:"seconds"`
}

// EstimateTask asks what CreateTask would lead to, and creates nothing. What a creation would refuse, it refuses alike.
func (c *Client) EstimateTask(ctx context.Context, request TaskRequest) (Estimate, error) {
	call := c.call(http.MethodPost, "/training-tasks/estimate")
	call.body = request
	var estimate Estimate
	_, err := c.do(ctx, call, &estimate)
	return estimate, err
}
