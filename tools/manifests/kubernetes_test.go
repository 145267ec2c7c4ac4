package manifests

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

// kinds are those that may be written, with their type, and their name in the schemas.
var kinds = map[string]struct {
	empty func() any
	name  string
}{
	"apps/v1 Deployment":                     {func() any { return new(apps.Deployment) }, "apps.v1.Deployment"},
	"autoscaling/v2 HorizontalPodAutoscaler": {func() any { return new(autoscaling.HorizontalPodAutoscaler) }, "autoscaling.v2.HorizontalPodAutoscaler"},
	"v1 PersistentVolumeClaim":               {func() any { return new(core.PersistentVolumeClaim) }, "core.v1.PersistentVolumeClaim"},
	"v1 Service":                             {func() any { return new(core.Service) }, "core.v1.Service"},
	"v1 ServiceAccount":                      {func() any { return new(core.ServiceAccount) }, "core.v1.ServiceAccount"},
	"networking.k8s.io/v1 Ingress":           {func() any { return new(networking.Ingress) }, "networking.v1.Ingress"},
	"networking.k8s.io/v1 NetworkPolicy":     {func() any { return new(networking.NetworkPolicy) }, "networking.v1.NetworkPolicy"},
	"policy/v1 PodDisruptionBudget":          {func() any { return new(policy.PodDisruptionBudget) }, "policy.v1.PodDisruptionBudget"},
}

// check returns what is wrong with a stream of manifests, by the types of Kubernetes and by the schemas of a version.
func check(schemas *jsonschema.Compiler, text string) error {
	for i, document := range strings.Split(text, "\n---\n") {
		var head struct{ APIVersion, Kind string }
		if err := yaml.Unmarshal([]byte(document), &head); err != nil {
			return fmt.Errorf("document %d: %w", i, err)
		}
		kind, known := kinds[head.APIVersion+" "+head.Kind]
		if !known {
			return fmt.Errorf("document %d is a %s %s, which nobody expects", i, head.APIVersion, head.Kind)
		}
		if err := yaml.UnmarshalStrict([]byte(document), kind.empty()); err != nil {
			return fmt.Errorf("document %d: %w", i, err)
		}
		schema, err := schemas.Compile("kubernetes.json#/$defs/io.k8s.api." + kind.name)
		if err != nil {
			return err
		}
		asJSON, err := yaml.YAMLToJSONStrict([]byte(document))
		if err != nil {
			return err
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
		if err != nil {
			return err
		}
		if err := schema.Validate(value); err != nil {
			return fmt.Errorf("document %d, a %s: %w", i, head.Kind, err)
		}
	}
	return nil
}

func schemasOf(t *testing.T, version string) *jsonschema.Compiler {
	t.Helper()
	f, err := os.Open("schemas/kubernetes-" + version + ".json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all, err := jsonschema.UnmarshalJSON(unzipped)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("kubernetes.json", all); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestKubernetes checks the manifests for the oldest version of Kubernetes that they are for, and for the newest.
func TestKubernetes(t *testing.T) {
	files := written(t, "kubernetes")
	for _, version := range []string{"1.30.0", "1.37.0"} {
		schemas := schemasOf(t, version)
		for _, f := range files {
			if err := check(schemas, f.text); err != nil {
				t.Errorf("Kubernetes %s: %s: %v", version, f.from, err)
			}
		}
	}
}

// TestKubernetesCanBeWrong spoils a manifest in ways that each part of the check has to see.
func TestKubernetesCanBeWrong(t *testing.T) {
	good, err := os.ReadFile("../../deploy/testdata/apart/kubernetes/front.yaml")
	if err != nil {
		t.Fatal(err)
	}
	schemas := schemasOf(t, "1.37.0")
	for _, c := range []struct{ from, to string }{
		{"readOnlyRootFilesystem: true", "readOnlyRootFileSystem: true"},
		{"replicas: 2", `replicas: "2"`},
		{"  selector:\n", "  selector: {}\n  selector:\n"},
		{"kind: Deployment", "kind: Deployments"},
		{"            httpGet: {path: /readyz, port: http,", "            httpGet: {path: /readyz,"},
		{"image: ", "picture: "},
	} {
		spoilt := strings.Replace(string(good), c.from, c.to, 1)
		if spoilt == string(good) {
			t.Fatalf("there is no %q to spoil", c.from)
		}
		if err := check(schemas, spoilt); err == nil {
			t.Errorf("%q in place of %q is not seen", c.to, c.from)
		}
	}
}

// TestKubernetesSecure looks at the pods, as types of Kubernetes, for what the profile "restricted" of its Pod Security Standards wants, and more.
func TestKubernetesSecure(t *testing.T) {
	pods := 0
	for _, f := range written(t, "kubernetes") {
		for _, document := range strings.Split(f.text, "\n---\n") {
			var d apps.Deployment
			if err := yaml.Unmarshal([]byte(document), &d); err != nil || d.Kind != "Deployment" {
				continue
			}
			pods++
			spec, c := d.Spec.Template.Spec, d.Spec.Template.Spec.Containers[0]
			for what, holds := range map[string]bool{
				"a token":                     spec.AutomountServiceAccountToken != nil && !*spec.AutomountServiceAccountToken,
				"the user root":               *spec.SecurityContext.RunAsNonRoot && *spec.SecurityContext.RunAsUser > 0,
				"another profile of seccomp":  spec.SecurityContext.SeccompProfile.Type == core.SeccompProfileTypeRuntimeDefault,
				"escalation":                  !*c.SecurityContext.AllowPrivilegeEscalation,
				"a file system to write to":   *c.SecurityContext.ReadOnlyRootFilesystem,
				"capabilities":                len(c.SecurityContext.Capabilities.Drop) == 1 && c.SecurityContext.Capabilities.Drop[0] == "ALL" && c.SecurityContext.Capabilities.Add == nil,
				"no limit of memory":          !c.Resources.Limits.Memory().IsZero(),
				"too little time to drain":    *spec.TerminationGracePeriodSeconds > c.Lifecycle.PreStop.Sleep.Seconds+15,
				"a probe missing":             c.StartupProbe != nil && c.LivenessProbe != nil && c.ReadinessProbe != nil,
				"more than one pod of a file": d.Spec.Strategy.Type != apps.RecreateDeploymentStrategyType || d.Spec.Replicas != nil && *d.Spec.Replicas == 1,
			} {
				if !holds {
					t.Errorf("%s: %s has %s", f.from, d.Name, what)
				}
			}
		}
	}
	if pods == 0 {
		t.Error("there are no pods")
	}
}
