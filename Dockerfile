# syntax=docker/dockerfile:1
FROM rust:1.95-bookworm AS builder
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin madoguchi \
    && install -D target/release/madoguchi /out/madoguchi

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin madoguchi \
    && install -d -o madoguchi -g madoguchi /data
COPY --from=builder /out/madoguchi /usr/local/bin/madoguchi
USER madoguchi
WORKDIR /data
VOLUME /data
ENV DATA_DIR=/data BIND=0.0.0.0:8080
EXPOSE 8080
# The image has no HTTP client; bash speaks enough HTTP for one question.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["madoguchi"]
CMD ["serve"]
