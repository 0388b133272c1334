# The connector: workers, one-shot jobs and the CLI are this one image with different commands (docker-compose.yml).
FROM python:3.11.15-slim-bookworm AS build
RUN python -m venv /opt/procore-cmic
WORKDIR /source
COPY pyproject.toml README.md ./
COPY activities activities
COPY cli cli
COPY domain domain
COPY ledger ledger
COPY mappers mappers
COPY systems systems
COPY workers workers
COPY workflows workflows
RUN /opt/procore-cmic/bin/pip install --no-cache-dir --disable-pip-version-check .

FROM python:3.11.15-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin procore-cmic
COPY --from=build /opt/procore-cmic /opt/procore-cmic
ENV PATH=/opt/procore-cmic/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /opt/procore-cmic
USER 10001
ENTRYPOINT ["procore-cmic"]
CMD ["--help"]
