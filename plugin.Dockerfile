# The image of the plugin: Node, the seven libraries it links, and one bundled file. No shell, package manager, git or ssh client.
#
#   docker build -f plugin.Dockerfile -t infra/postmortem-plugin .
#   docker buildx build -f plugin.Dockerfile --platform linux/amd64,linux/arm64 --build-arg VERSION=0.1.0 \
#     --build-arg REVISION=$(git rev-parse HEAD) --build-arg CREATED=$(date -u +%FT%TZ) --build-arg SOURCE=https://... .
#
# NODE_IMAGE   Node 24 at /usr/local/bin/node and its libraries below /usr/lib/<architecture>-linux-gnu, as Debian lays them out.
# BUILD_IMAGE  Node (any from 20.18) and npm, for the platform of the builder.
#
# Without a registry: hand in images made locally. When npm's registry cannot be reached from inside a build either, a BUILD_IMAGE that
# has the locked packages in /src/node_modules is enough: build.mjs installs only what is missing. test/support/docker.ts does both.

ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim
ARG BUILD_IMAGE=${NODE_IMAGE}
# BuildKit sets this to the builder's platform. The legacy builder does not: there it needs a default (and cannot cross-build).
ARG BUILDPLATFORM=${BUILDPLATFORM:-linux/amd64}

# The bundle is the same for every platform, so it is always made on the builder's own.
FROM --platform=${BUILDPLATFORM} ${BUILD_IMAGE} AS build
WORKDIR /src
COPY . .
# Runs `npm ci` first when /src/node_modules is not what package-lock.json says.
RUN ["node", "build.mjs"]
# What cannot be copied from an image: the loader's name on amd64 (each program carries the path of its loader: below /lib64 there,
# below /lib on arm64, where this link leads nowhere and nobody asks), and an empty folder for certificates, which Node would miss.
RUN ["node", "-e", "fs.mkdirSync('/rootfs/lib64', { recursive: true }); \
  fs.symlinkSync('/lib/ld-linux-x86-64.so.2', '/rootfs/lib64/ld-linux-x86-64.so.2'); \
  fs.mkdirSync('/rootfs/etc/ssl/certs', { recursive: true })"]
# What V8 makes of the code of the usual commands, kept so that a start need not do it again. Node files it under its version, the
# architecture and the user, so it is made as the image's user; whoever runs the image as another user, or on a platform that is not the
# builder's, starts a little slower.
RUN ["node", "-e", "const { spawnSync } = require('node:child_process'); \
  const bundle = '/usr/local/bin/postmortem-plugin', cache = '/rootfs/usr/local/share/postmortem-plugin/cache'; \
  fs.mkdirSync('/usr/local/bin', { recursive: true }); \
  fs.copyFileSync('dist/postmortem-plugin.cjs', bundle); \
  fs.mkdirSync(cache, { recursive: true }); \
  fs.chownSync(cache, 65532, 65532); \
  for (const action of ['list', 'implement']) \
    spawnSync(process.execPath, [bundle], { cwd: '/src/examples', uid: 65532, gid: 65532, \
      env: { NODE_COMPILE_CACHE: cache, PLUGIN_ACTION: action, PLUGIN_DRY_RUN: 'true' } })"]

# Nothing is executed in the stages of the target platform: an arm64 image needs no emulation to be built.
FROM ${NODE_IMAGE} AS node

FROM scratch
COPY --from=build /rootfs /
COPY --from=node \
  /usr/lib/*-linux-gnu/ld-linux-*.so.* \
  /usr/lib/*-linux-gnu/libc.so.6 \
  /usr/lib/*-linux-gnu/libm.so.6 \
  /usr/lib/*-linux-gnu/libdl.so.2 \
  /usr/lib/*-linux-gnu/libpthread.so.0 \
  /usr/lib/*-linux-gnu/libgcc_s.so.1 \
  /usr/lib/*-linux-gnu/libstdc++.so.6 \
  /lib/
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY LICENSE /usr/share/doc/postmortem-plugin/LICENSE
COPY --from=build /src/dist/postmortem-plugin.cjs /usr/local/bin/postmortem-plugin

# CA certificates: Mozilla's are compiled into Node. With this, those mounted at /etc/ssl/certs (a folder, or only the file
# ca-certificates.crt) are trusted as well, which is how a company's own CA gets into Woodpecker's steps.
ENV NODE_USE_SYSTEM_CA=1 \
    NODE_COMPILE_CACHE=/usr/local/share/postmortem-plugin/cache

ARG VERSION=""
ARG REVISION=""
ARG CREATED=""
ARG SOURCE=""
LABEL org.opencontainers.image.title="postmortem-plugin" \
      org.opencontainers.image.description="Woodpecker CI plugin that implements the open action items of post-mortems, gated in code" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}"

# A number, so that Kubernetes can check runAsNonRoot.
USER 65532:65532
# As PID 1 without a shell: signals reach the plugin itself.
ENTRYPOINT ["/usr/local/bin/node", "/usr/local/bin/postmortem-plugin"]
