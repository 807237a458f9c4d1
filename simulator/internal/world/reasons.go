package world

// Reason says why something happened, or why a command was refused. Reasons are stable, for programs.
type Reason string

// Reasons of refused commands.
const (
	ReasonTaskName             Reason = "TASK_NAME_REQUIRED"
	ReasonDataset              Reason = "DATASET_REQUIRED"
	ReasonEnvironment          Reason = "ENVIRONMENT_REQUIRED"
	ReasonZone                 Reason = "AVAILABILITY_ZONE_REQUIRED"
	ReasonNoRunningEnvironment Reason = "NO_RUNNING_ENVIRONMENT"
	ReasonLaunchMode           Reason = "LAUNCH_MODE_INVALID"
	ReasonEnvironmentForbidden Reason = "ENVIRONMENT_NOT_ALLOWED"
	ReasonGPUType              Reason = "GPU_TYPE_REQUIRED"
	ReasonImage                Reason = "IMAGE_REQUIRED"
	ReasonImageInvalid         Reason = "IMAGE_INVALID"
	ReasonBelowMinimum         Reason = "BELOW_MINIMUM"
	ReasonAboveMaximum         Reason = "ABOVE_MAXIMUM"
	ReasonPriority             Reason = "PRIORITY_INVALID"
	ReasonDurationPassed       Reason = "MAX_DURATION_PASSED"
	ReasonLabels               Reason = "LABELS_INVALID"
	ReasonArguments            Reason = "ARGUMENTS_INVALID"
	ReasonVariables            Reason = "ENVIRONMENT_VARIABLES_INVALID"
	ReasonDatasetUnknown       Reason = "DATASET_NOT_FOUND"
	ReasonVersionUnknown       Reason = "DATASET_VERSION_NOT_FOUND"
	ReasonModelUnknown         Reason = "MODEL_NOT_FOUND"
	ReasonZoneUnknown          Reason = "AVAILABILITY_ZONE_NOT_FOUND"
	ReasonGPUTypeUnknown       Reason = "GPU_TYPE_NOT_FOUND"
	ReasonEnvironmentUnknown   Reason = "ENVIRONMENT_NOT_FOUND"
	ReasonCapacity             Reason = "CAPACITY_EXCEEDED"
	ReasonEnvironmentStopped   Reason = "ENVIRONMENT_NOT_RUNNING"
	ReasonTaskUnknown          Reason = "TASK_NOT_FOUND"
	ReasonTaskPurged           Reason = "TASK_PURGED"
	ReasonTaskFinished         Reason = "TASK_FINISHED"
	ReasonNodeUnknown          Reason = "NODE_NOT_FOUND"
	ReasonKeyReused            Reason = "IDEMPOTENCY_KEY_REUSED"
	ReasonRevision             Reason = "REVISION_MISMATCH"
	ReasonTemplateUnknown      Reason = "TEMPLATE_NOT_FOUND"
	ReasonTemplateName         Reason = "TEMPLATE_NAME_REQUIRED"
	ReasonTemplateTaken        Reason = "TEMPLATE_NAME_TAKEN"
	ReasonBatchSize            Reason = "BATCH_SIZE_INVALID"
	ReasonTooLong              Reason = "TOO_LONG"
	ReasonForbiddenCharacter   Reason = "FORBIDDEN_CHARACTER"
)

// Reasons of waiting in a queue.
const (
	WaitNoRoom Reason = "NO_ROOM"
	WaitBehind Reason = "QUEUED_BEHIND" // there is room, but a job before it waits for that
)

// PullRetried is the reason for which a task pulls its image again.
const PullRetried Reason = "IMAGE_PULL_RETRIED"

// Preempted is the reason of a task that waits again because a job of a higher priority took its GPUs.
const Preempted Reason = "PREEMPTED"

// Reasons of a task's end.
const (
	EndEnvironmentStopped Reason = "ENVIRONMENT_STOPPED"
	EndImagePullFailed    Reason = "IMAGE_PULL_FAILED"
	EndNodeFailed         Reason = "NODE_FAILED"
	EndTrainingCrashed    Reason = "TRAINING_CRASHED"
	EndStopped            Reason = "STOPPED_BY_USER"
	EndMaxDuration        Reason = "MAX_DURATION_REACHED"
)

// Reasons of an event of an environment.
const (
	BecameRunning Reason = "running"
	BecameStopped Reason = "stopped"
)

// Reasons for which an environment is not healthy, besides EndEnvironmentStopped.
const (
	HealthOversubscribed Reason = "OVERSUBSCRIBED"  // more tasks train in it than it has GPUs
	HealthMemory         Reason = "MEMORY_PRESSURE" // more than nine tenths of its memory are used
)
