# RAGFlow Admin, for compose.yaml. All processes run from this image; docs/production.md describes it.
FROM debian:bookworm-slim AS build
WORKDIR /opt/ragflow-admin
COPY . .
RUN packaging/install.sh build

FROM debian:bookworm-slim
WORKDIR /opt/ragflow-admin
COPY packaging/install.sh packaging/
RUN packaging/install.sh system 10001 && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/ragflow-admin ./
ENV PATH=/opt/ragflow-admin/.venv/bin:/usr/bin:/bin \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    STATIC_ROOT=/opt/ragflow-admin/collected \
    TMPDIR=/var/lib/ragflow-admin \
    VAR_DIR=/var/lib/ragflow-admin
USER 10001:10001
# The only place where a process writes: everything else may be read-only.
VOLUME /var/lib/ragflow-admin
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "packaging/healthcheck.py"]
CMD ["gunicorn", "-c", "ragflow_admin/gunicorn.py", "ragflow_admin.wsgi"]
