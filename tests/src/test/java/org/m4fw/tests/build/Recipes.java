package org.m4fw.tests.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A small product to build: a tiny model with its adapter, for two targets. */
final class Recipes {
  private static final Path GOLDENS = Tool.ROOT.resolve("tests/fixtures/goldens");

  private Recipes() {}

  /** Copies the model of that name and its adapter, and writes a recipe for them. */
  static Path write(Path directory, String model) throws IOException {
    Tool.copy(GOLDENS.resolve(model), directory.resolve("model"));
    Tool.copy(GOLDENS.resolve("peft-lora"), directory.resolve("adapter"));
    Path recipe = directory.resolve("recipe.json");
    Files.writeString(
        recipe,
        """
        {
          "product": "tiny",
          "version": "1.2.3",
          "build": 7,
          "rollback": {"domain": "m4", "index": 2},
          "components": [
            {"name": "backbone", "model": "model", "scheme": "int4", "licence": "Apache-2.0"}
          ],
          "targets": ["pixel7pro-cpu", "jetson-orin-nx"]%s
        }
        """
            .formatted(
                model.equals("llama-mha-f16")
                    ? """
                    ,
                      "adapters": [
                        {"dir": "adapter", "id": "org.example.tiny", "version": "1.0.0",
                         "licence": "Apache-2.0"}
                      ]"""
                    : ""));
    return recipe;
  }

  /** Replaces a piece of a text file. */
  static void edit(Path file, String old, String replacement) throws IOException {
    String text = Files.readString(file);
    if (!text.contains(old)) {
      throw new IllegalArgumentException(file + " does not contain " + old);
    }
    Files.writeString(file, text.replace(old, replacement));
  }
}
