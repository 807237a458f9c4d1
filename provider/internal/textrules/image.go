// Package textrules has validators for texts, with the API's limits. They refuse while planning what the API would refuse later.
package textrules

import (
	"context"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// The grammar of OCI image references: [domain[:port]/]path[:tag][@digest].
const (
	imageLabel  = `[0-9A-Za-z](?:[0-9A-Za-z-]*[0-9A-Za-z])?`
	imageDomain = `(?:` + imageLabel + `(?:\.` + imageLabel + `)*|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?`
	imagePath   = `[0-9a-z]+(?:(?:\.|_|__|-+)[0-9a-z]+)*`
	imageName   = `^(?:` + imageDomain + `/)?` + imagePath + `(?:/` + imagePath + `)*`
	imageTag    = `[0-9A-Za-z_][0-9A-Za-z_.-]{0,127}`
	imageDigest = `[A-Za-z][0-9A-Za-z]*(?:[-_+.][A-Za-z][0-9A-Za-z]*)*:[0-9A-Fa-f]{32,}`
)

var (
	imagePattern       = regexp.MustCompile(imageName + `(?::` + imageTag + `)?(?:@` + imageDigest + `)?$`)
	imageNamePattern   = regexp.MustCompile(imageName + `$`)
	imageTagPattern    = regexp.MustCompile(`^` + imageTag + `$`)
	imageDigestPattern = regexp.MustCompile(`^` + imageDigest + `$`)
)

// An imageRule refuses what can't be an image reference, as the API does.
type imageRule struct{ speaker *language.Speaker }

func (imageRule) Description(context.Context) string {
	return "an image such as pytorch/pytorch:2.1.0 or registry.example.com:5000/team/image:tag"
}

func (r imageRule) MarkdownDescription(ctx context.Context) string { return r.Description(ctx) }

func (r imageRule) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	value := req.ConfigValue.ValueString()
	// Rule refuses blank texts, long ones and control characters.
	if !tfvalues.IsSet(req.ConfigValue) || strings.TrimSpace(value) == "" || len(value) > maxImage ||
		strings.ContainsFunc(value, isForbidden) ||
		imagePattern.MatchString(value) {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, r.speaker.Say(language.BadImage),
		r.speaker.Say(language.ImageIs, req.Path, value, r.problem(value)))
}

// problem says why a text isn't an image reference.
func (r imageRule) problem(image string) string {
	name, digest, hasDigest := strings.Cut(image, "@")
	tag, hasTag := "", false
	// A colon before a slash belongs to a port.
	last := strings.LastIndexByte(name, '/') + 1
	if colon := strings.IndexByte(name[last:], ':'); colon >= 0 {
		name, tag, hasTag = name[:last+colon], name[last+colon+1:], true
	}
	say := r.speaker.Say
	switch {
	case strings.ContainsAny(image, " \u00a0\u3000"):
		return say(language.ImageHasSpace)
	case strings.Contains(image, "://"):
		return say(language.ImageHasScheme)
	case strings.HasSuffix(image, "/"), strings.HasSuffix(image, ":"), strings.HasSuffix(image, "@"):
		return say(language.ImageEnds, image[len(image)-1:])
	case hasDigest && !imageDigestPattern.MatchString(digest):
		return say(language.ImageBadDigest)
	case hasTag && !imageTagPattern.MatchString(tag):
		return say(language.ImageBadTag, tag)
	case imageNamePattern.MatchString(strings.ToLower(name)):
		return say(language.ImageUpperCase)
	}
	return say(language.ImageBadName)
}
