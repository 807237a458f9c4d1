package simulated

import (
	"context"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// CreateTemplate implements backend.Templates.
func (c *Cluster) CreateTemplate(
	_ context.Context, cluster string, command world.CreateTemplate,
) (created world.CreatedTemplate, err error) {
	err = c.engine.DoIn(cluster, command, func(_ *world.World, r world.Result) { created = r.Template })
	return created, err
}

// UpdateTemplate implements backend.Templates.
func (c *Cluster) UpdateTemplate(_ context.Context, cluster string, command world.UpdateTemplate) (t world.Template, err error) {
	err = c.engine.DoIn(cluster, command, func(w *world.World, _ world.Result) { t, _ = w.Template(command.Template) })
	return t, err
}

// DeleteTemplate implements backend.Templates.
func (c *Cluster) DeleteTemplate(_ context.Context, cluster string, command world.DeleteTemplate) error {
	return c.engine.DoIn(cluster, command, nil)
}

// Template implements backend.Templates.
func (c *Cluster) Template(_ context.Context, id string) (t world.Template, err error) {
	c.engine.View(func(w *world.World) { t, err = w.Template(id) })
	return t, err
}

// ListTemplates implements backend.Templates.
func (c *Cluster) ListTemplates(context.Context) (templates []world.Template, err error) {
	c.engine.View(func(w *world.World) { templates = w.Templates() })
	return templates, nil
}
