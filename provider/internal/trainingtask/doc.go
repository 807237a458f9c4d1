// Package trainingtask has all that Terraform can do with training tasks: the resource, the list resource for queries, the data
// sources that read one or list them, and the actions that stop one or wait for it.
//
// resource.go has the calls of the resource's life cycle. plan.go decides what a plan does to a task; preview.go, queue.go,
// price.go and environment.go warn of what the creation would meet. wait.go follows a task until it runs or has ended.
package trainingtask
