package world

import (
	"fmt"
	"strings"
)

// ErrorKind says what sort of mistake a refused command is.
type ErrorKind int

const (
	// Invalid is a wrong value.
	Invalid ErrorKind = iota
	// NotFound is an unknown object.
	NotFound
	// Conflict is a command that the state forbids.
	Conflict
	// Gone is an object whose record was purged.
	Gone
	// Stale is a command for an older revision.
	Stale
)

// Error is a refused command. A refused command changes nothing.
type Error struct {
	Kind    ErrorKind
	Reason  string         // stable, for programs
	Field   string         // the field of the request, in the API's words
	Details map[string]any // figures behind the reason
}

func (e *Error) Error() string {
	if e.Field == "" {
		return e.Reason
	}
	return fmt.Sprintf("%s: %s", e.Field, e.Reason)
}

// Reasons of refused commands.
const (
	ReasonTaskName             = "TASK_NAME_REQUIRED"
	ReasonDataset              = "DATASET_REQUIRED"
	ReasonEnvironment          = "ENVIRONMENT_REQUIRED"
	ReasonZone                 = "AVAILABILITY_ZONE_REQUIRED"
	ReasonNoRunningEnvironment = "NO_RUNNING_ENVIRONMENT"
	ReasonLaunchMode           = "LAUNCH_MODE_INVALID"
	ReasonEnvironmentForbidden = "ENVIRONMENT_NOT_ALLOWED"
	ReasonGPUType              = "GPU_TYPE_REQUIRED"
	ReasonImage                = "IMAGE_REQUIRED"
	ReasonImageInvalid         = "IMAGE_INVALID"
	ReasonBelowMinimum         = "BELOW_MINIMUM"
	ReasonLabels               = "LABELS_INVALID"
	ReasonDatasetUnknown       = "DATASET_NOT_FOUND"
	ReasonVersionUnknown       = "DATASET_VERSION_NOT_FOUND"
	ReasonModelUnknown         = "MODEL_NOT_FOUND"
	ReasonZoneUnknown          = "AVAILABILITY_ZONE_NOT_FOUND"
	ReasonGPUTypeUnknown       = "GPU_TYPE_NOT_FOUND"
	ReasonEnvironmentUnknown   = "ENVIRONMENT_NOT_FOUND"
	ReasonCapacity             = "CAPACITY_EXCEEDED"
	ReasonEnvironmentStopped   = "ENVIRONMENT_NOT_RUNNING"
	ReasonTaskUnknown          = "TASK_NOT_FOUND"
	ReasonTaskPurged           = "TASK_PURGED"
	ReasonTaskFinished         = "TASK_FINISHED"
	ReasonNodeUnknown          = "NODE_NOT_FOUND"
	ReasonKeyReused            = "IDEMPOTENCY_KEY_REUSED"
	ReasonRevision             = "REVISION_MISMATCH"
	ReasonTemplateUnknown      = "TEMPLATE_NOT_FOUND"
	ReasonTemplateName         = "TEMPLATE_NAME_REQUIRED"
	ReasonTemplateTaken        = "TEMPLATE_NAME_TAKEN"
	ReasonBatchSize            = "BATCH_SIZE_INVALID"
	ReasonTooLong              = "TOO_LONG"
	ReasonForbiddenCharacter   = "FORBIDDEN_CHARACTER"
)

// Reasons of waiting in a queue.
const (
	WaitNoRoom = "NO_ROOM"
	WaitBehind = "QUEUED_BEHIND" // there is room, but not without holding up who came before
)

// PullRetried is why a phase comes again.
const PullRetried = "IMAGE_PULL_RETRIED"

// Reasons of a task's end.
const (
	EndEnvironmentStopped = "ENVIRONMENT_STOPPED"
	EndImagePullFailed    = "IMAGE_PULL_FAILED"
	EndNodeFailed         = "NODE_FAILED"
	EndTrainingCrashed    = "TRAINING_CRASHED"
	EndStopped            = "STOPPED_BY_USER"
)

func invalid(reason, field string) *Error { return &Error{Kind: Invalid, Reason: reason, Field: field} }

// under says that the error is in an item of a list.
func (e *Error) under(list string, i int) *Error {
	e.Field = strings.TrimSuffix(fmt.Sprintf("%s[%d].%s", list, i, e.Field), ".")
	return e.with("index", i)
}

func (e *Error) with(key string, value any) *Error {
	if e.Details == nil {
		e.Details = map[string]any{}
	}
	e.Details[key] = value
	return e
}
