package main

import (
	"context"
	"fmt"
	"net/http"

	kwhhttp "github.com/slok/kubewebhook/v2/pkg/http"
	"github.com/slok/kubewebhook/v2/pkg/model"
	"github.com/slok/kubewebhook/v2/pkg/webhook/mutating"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// kubewebhook returns a handler that gets the pod in its Go type from the library, changes it, and leaves the patch to the library.
func kubewebhook(inject injector) (http.Handler, error) {
	mutate := func(_ context.Context, _ *model.AdmissionReview, object metav1.Object) (*mutating.MutatorResult, error) {
		pod, isPod := object.(*corev1.Pod)
		if !isPod {
			return nil, fmt.Errorf("not a pod: %T", object)
		}
		inject.into(pod)
		return &mutating.MutatorResult{MutatedObject: pod}, nil
	}
	hook, err := mutating.NewWebhook(mutating.WebhookConfig{
		ID:      "peers",
		Obj:     &corev1.Pod{},
		Mutator: mutating.MutatorFunc(mutate),
	})
	if err != nil {
		return nil, err
	}
	return kwhhttp.HandlerFor(kwhhttp.HandlerConfig{Webhook: hook})
}
