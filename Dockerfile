# syntax=docker/dockerfile:1

# One image for web, worker and migration: the command says which. No secret is in it, nor needed to build it.
FROM python:3.11-slim-bookworm AS build
ENV PIP_CACHE_DIR=/pip PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
RUN python -m venv /app/.venv
COPY requirements/tracing.lock requirements/tracing.lock
RUN --mount=type=cache,target=/pip \
    /app/.venv/bin/python -m pip install --require-hashes -r requirements/tracing.lock
COPY . .
# What an editable install does, without its build tools; then the pages, which no setting changes.
RUN echo /app > "$(echo /app/.venv/lib/python3.11/site-packages)/mentor.pth" \
    && /app/.venv/bin/python -m mentor_ui build \
    && rm -rf .web/node_modules .mentor

FROM python:3.11-slim-bookworm
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MENTOR_MODE=production \
    MENTOR_HOME=/var/lib/mentor \
    PORT=3000
RUN groupadd --gid 10001 mentor \
    && useradd --uid 10001 --gid mentor --no-create-home --shell /usr/sbin/nologin mentor \
    && install --directory --owner=mentor --group=mentor /var/lib/mentor
WORKDIR /app
# Reflex writes beside its pages while it starts.
COPY --from=build --chown=mentor:mentor /app /app
USER mentor
VOLUME /var/lib/mentor
EXPOSE 3000
# Not the framework's SIGKILL: what is under way is finished, and pages go over to another process.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-m", "mentor_ui", "health"]
ENTRYPOINT ["python", "-m", "mentor_ui"]
CMD ["serve"]
