"""The recorded command of the shipped networks: python -m quantization_story.recipes NAME (see `training.recipes`)."""

from quantization_story.training.recipes import main

if __name__ == "__main__":
    main()
