"""The videos as a workflow, for more than one machine: one rule a scene, network and bit width; the whole story; a report.

    snakemake --cores 2
    snakemake --cores 2 --config quality=l bits=3,4
    snakemake --cores 2 --config scenes=TopologyFailureScene,BottleneckScene
    snakemake --cores 2 --config rounding=gptq         # or nearest, closest, awq
    snakemake --executor slurm --jobs 20            # with the executor plugin of the cluster at hand

`networks` are shipped ones, or files as name=path; `networks`, `bits` and `scenes` may be lists in a configuration
file. A network that has not learned its task gets its report, marked, and no video. Where a file has changed, what was
made of it is made again. The folder must be one that all machines see.
"""

from snakemake.exceptions import WorkflowError

from quantization_story.production.workflow import WorkflowSettings

try:
    chosen = WorkflowSettings.from_config(config)
    wanted = chosen.targets()
except ValueError as error:
    raise WorkflowError(str(error)) from None


rule all:
    input:
        wanted,


rule scene:
    input:
        lambda wildcards: chosen.inputs(wildcards.network),
    output:
        multiext(f"{chosen.out}/{{network}}/{{bits}}/{{scene}}", ".mp4", ".srt", ".json"),
    wildcard_constraints:
        bits=r"\d+",
        scene=r"\w+Scene|LayerClustering\w+",
    params:
        network=lambda wildcards: chosen.networks[wildcards.network],
        folder=lambda wildcards: chosen.folder(wildcards.network, wildcards.bits),
        beside=chosen.beside(),
        options=chosen.options(),
    threads: 1
    shell:
        "{chosen.command} render {wildcards.scene} --network {params.network:q} --bits {wildcards.bits}"
        " --quality {chosen.quality} --jobs 1 --output {params.folder:q}{params.options}"


rule narrative:
    input:
        lambda wildcards: chosen.scene_videos(wildcards.network, wildcards.bits),
    output:
        multiext(f"{chosen.out}/{{network}}/{{bits}}/FullNarrative", ".mp4", ".srt"),
    wildcard_constraints:
        bits=r"\d+",
    params:
        network=lambda wildcards: chosen.networks[wildcards.network],
        folder=lambda wildcards: chosen.folder(wildcards.network, wildcards.bits),
        beside=chosen.beside(),
        options=chosen.options(),
    shell:
        "{chosen.command} render --stitch --network {params.network:q} --bits {wildcards.bits}"
        " --quality {chosen.quality} --jobs 1 --output {params.folder:q}{params.options}"


rule report:
    input:
        lambda wildcards: chosen.inputs(wildcards.network),
    output:
        json=f"{chosen.out}/{{network}}/report.json",
        markdown=f"{chosen.out}/{{network}}/report.md",
    params:
        network=lambda wildcards: chosen.networks[wildcards.network],
        bits=",".join(map(str, chosen.bits)),
        beside=chosen.beside(),
        options=chosen.options(),
    shell:
        "{chosen.command} report {params.network:q} --bits {params.bits} --quiet --exit-zero"
        " --json {output.json:q} --markdown {output.markdown:q}{params.options}"
