package main

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// An injector adds to a pod what its annotations request. Its fields are the parts of the ambassador, which do not depend on
// the pods of the benchmark.
type injector struct {
	Ambassador corev1.Container `json:"ambassador"`
	// Native reports whether the ambassador is an init container that keeps running.
	Native bool          `json:"native"`
	Token  corev1.Volume `json:"token"`
}

var podVariables = []corev1.EnvVar{
	variable("POD_NAME", "metadata.name"),
	variable("POD_NAMESPACE", "metadata.namespace"),
	variable("POD_UID", "metadata.uid"),
	variable("POD_IP", "status.podIP"),
	variable("SERVICE_ACCOUNT", "spec.serviceAccountName"),
}

func (inject injector) into(pod *corev1.Pod) {
	targets := [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers}
	if slices.Contains(items(pod, "env"), "pod") {
		forEach(targets, addVariables)
	}
	if files := items(pod, "volume"); len(files) > 0 {
		pod.Spec.Volumes = append(pod.Spec.Volumes, downwardVolume(files))
		forEach(targets, mountDownwardVolume)
	}
	if pod.Annotations["downlink.dev/ambassador"] != "true" {
		return
	}
	pod.Spec.Volumes = append(pod.Spec.Volumes, inject.Token)
	if inject.Native {
		pod.Spec.InitContainers = append([]corev1.Container{inject.Ambassador}, pod.Spec.InitContainers...)
	} else {
		pod.Spec.Containers = append(pod.Spec.Containers, inject.Ambassador)
	}
}

func forEach(lists [][]corev1.Container, change func(*corev1.Container)) {
	for _, containers := range lists {
		for index := range containers {
			change(&containers[index])
		}
	}
}

func addVariables(container *corev1.Container) {
	taken := make(map[string]bool, len(container.Env))
	for _, existing := range container.Env {
		taken[existing.Name] = true
	}
	added := make([]corev1.EnvVar, 0, len(podVariables)+len(container.Env))
	for _, one := range podVariables {
		if !taken[one.Name] {
			added = append(added, one)
		}
	}
	container.Env = append(added, container.Env...)
}

func mountDownwardVolume(container *corev1.Container) {
	mount := corev1.VolumeMount{Name: "downlink", MountPath: "/etc/downward", ReadOnly: true}
	container.VolumeMounts = append(container.VolumeMounts, mount)
}

func downwardVolume(files []string) corev1.Volume {
	mode := int32(0o644)
	source := &corev1.DownwardAPIVolumeSource{DefaultMode: &mode}
	for _, file := range files {
		source.Items = append(source.Items, corev1.DownwardAPIVolumeFile{Path: file, FieldRef: field("metadata." + file)})
	}
	return corev1.Volume{Name: "downlink", VolumeSource: corev1.VolumeSource{DownwardAPI: source}}
}

// items returns the items of the list in an annotation.
func items(pod *corev1.Pod, key string) []string {
	var found []string
	for item := range strings.SplitSeq(pod.Annotations["downlink.dev/"+key], ",") {
		if item = strings.TrimSpace(item); item != "" {
			found = append(found, item)
		}
	}
	return found
}

func variable(name, path string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{FieldRef: field(path)}}
}

func field(path string) *corev1.ObjectFieldSelector {
	return &corev1.ObjectFieldSelector{FieldPath: path}
}
