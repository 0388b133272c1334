#!/bin/sh
# Creates the namespace, or sets its retention; then waits until the server serves it, which takes it some seconds.
set -eu

wait_for() {
    tries=60
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || { echo "no answer: $*" >&2; exit 1; }
        sleep 1
    done
}

wait_for temporal operator cluster health
if temporal operator namespace describe --namespace "$NAMESPACE" >/dev/null 2>&1; then
    temporal operator namespace update --namespace "$NAMESPACE" --retention "$RETENTION"
else
    temporal operator namespace create --namespace "$NAMESPACE" --retention "$RETENTION"
fi
wait_for temporal operator search-attribute list --namespace "$NAMESPACE"
wait_for temporal workflow list --namespace "$NAMESPACE" --limit 1
echo "The namespace $NAMESPACE keeps closed workflows for $RETENTION."
