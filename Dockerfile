# The image of the webhook, for amd64 and arm64. Needs BuildKit. The same commit produces the same layers:
#
#   docker buildx build --platform linux/amd64,linux/arm64 \
#     --build-arg SOURCE_DATE_EPOCH="$(git log -1 --format=%ct)" \
#     --output type=image,name=registry.example.com/team/downlink:0.1.0,push=true,rewrite-timestamp=true .
#
# For a local cluster: docker build -t downlink:0.1.0 . && kind load docker-image downlink:0.1.0

# Node.js 24 on Debian 13, by digest. The tags are those of the digests when they were chosen.
ARG BUILD_IMAGE=node:24.21.0-trixie-slim@sha256:8ec5d7557396cfe32d21c3f9c13072355ceab22b584578ca4bb28af31120cffe
# Node.js and its libraries, without a shell or package manager; user 65532. There are no tags for exact versions of Node.js.
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot@sha256:9eeb7f5887d0e239e78264b06f7f11d2e14be534050481803a9e4728fcdd278e

# The program is JavaScript without native code, so it is built only once for all platforms.
FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY src ./src
RUN npm run build:program

FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# without the optional Kubernetes client of scan, which takes 80 MiB and which the server does not use
RUN npm ci --omit=dev --ignore-scripts
# removes files that the server does not read: declarations, source maps, documentation, and tests, which contain keys
RUN find node_modules -type d \( -name test -o -name tests -o -name benchmark -o -name benchmarks -o -name examples \
      -o -name docs \) -prune -exec rm -r {} + \
    && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \
      -o -name '*.md' \) -delete

FROM ${RUNTIME_IMAGE}
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY --from=build /build/dist ./dist
ENV NODE_ENV=production
# glibc frees allocations of 64 KiB or more immediately. Otherwise, it would raise this threshold itself and keep megabytes.
ENV MALLOC_MMAP_THRESHOLD_=65536
USER 65532:65532
EXPOSE 8443 8080
# Memory (src/server/memory-budget.ts, docs/decisions/0010-the-image-limits-memory.md): a small heap for new objects, a
# limit for the rest of the heap, no compiler threads, whose memory is not returned, and garbage collection by the server.
# The path of the program is absolute, so that --workdir can be the folder with the manifests: docker run ... lint -R -f .
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=4", "--max-old-space-size=88", "--no-concurrent-recompilation", "--expose-gc", "/app/dist/main.js"]
CMD ["serve"]
