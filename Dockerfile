# The package with all that it needs, to render from any folder: the default command renders the preview.
#
#   docker build --tag quantization-story .
#   docker run --rm --volume "$PWD/media:/story/media" quantization-story

# pycairo and manimpango are built from source: their compiler and headers stay behind.
FROM python:3.11.14-slim-bookworm AS build
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends build-essential libcairo2-dev libpango1.0-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY pyproject.toml setup.py constraints.txt README.md LICENSE ./
COPY docs/narrative_outline.md docs/
COPY animations animations
RUN python -m venv /opt/story \
    && /opt/story/bin/pip install --no-cache-dir --constraint constraints.txt ".[clustering,hub,workflow]"

FROM python:3.11.14-slim-bookworm
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libcairo2 libpango-1.0-0 libpangocairo-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 story \
    && mkdir --parents /story/media \
    && chown --recursive story /story
COPY --from=build /opt/story /opt/story
ENV PATH=/opt/story/bin:$PATH
WORKDIR /story
COPY Snakefile ./
USER 1000
CMD ["quantization-story", "render", "LayerProgressionScene", "--quality", "l"]
