package main

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// controllerRuntime returns a handler that decodes the pod into its Go type, changes it, and returns the difference between
// the JSON of both.
func controllerRuntime(inject injector) (http.Handler, error) {
	logf.SetLogger(logr.Discard()) // it would log no reviews at the usual level, either
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	decoder := admission.NewDecoder(scheme)
	mutate := func(_ context.Context, request admission.Request) admission.Response {
		var pod corev1.Pod
		if err := decoder.Decode(request, &pod); err != nil {
			return admission.Errored(http.StatusBadRequest, err)
		}
		inject.into(&pod)
		changed, err := json.Marshal(&pod)
		if err != nil {
			return admission.Errored(http.StatusInternalServerError, err)
		}
		return admission.PatchResponseFromRaw(request.Object.Raw, changed)
	}
	hook := &admission.Webhook{Handler: admission.HandlerFunc(mutate)}
	return admission.StandaloneWebhook(hook, admission.StandaloneOptions{MetricsPath: "/mutate"})
}
