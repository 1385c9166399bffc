package org.m4fw.cli.model;

import org.m4fw.base.problem.Category;
import org.m4fw.base.problem.ErrorCode;

/** Why a model cannot be run as asked. */
public enum ModelError implements ErrorCode {
  COMPONENT_NEEDED("holds several components: %s", "choose one with --component", Category.USAGE),
  NO_SUCH_COMPONENT("holds no component '%s'; there are %s", "choose one with --component"),
  NO_SUCH_TARGET("holds no graph for target '%s'; there are %s", "choose one with --target"),
  TARGET_NEEDED("holds graphs for several targets: %s", "choose one with --target", Category.USAGE),
  NOT_A_MODEL("holds no model", "give an image, or the directory of a checkpoint"),
  GRAPH_TOO_LARGE("has %d bytes, more than the %d of any graph", "this is no graph of m4fw"),
  NO_SUCH_DATA("its weights are said to be in '%s', which is no section", "build the image again"),
  LITE_TARGET(
      "'%s' runs .tflite files, which do not run on this machine; there are graphs for %s",
      "choose one of these with --target; 'm4fw image extract --target' unpacks .tflite files"),
  NOT_A_FILE(
      "a .tflite file of it is said to be made of '%s', expected a section of the role lite-graph"
          + " and then one of the role weights, both of the component",
      "build the image again"),
  NOT_WHOLE_PAGES(
      "has %s bytes, expected a multiple of %s: weights are mapped behind it",
      "build the image again"),
  ALREADY_QUANTIZED("its weights are quantized already", "leave out --scheme"),
  NO_SUCH_TASK(
      "has no task '%s'; there are %s",
      "name one of them; tasks are made by \"paths\" of a recipe (docs/paths.md)"),
  NO_SUCH_ADAPTER("is no adapter of this image", "build the image again"),
  NO_TASKS("has no tasks", "add \"paths\" to its recipe (docs/paths.md) and build it again"),
  NOT_AN_IMAGE("is no firmware image", "give an image that 'm4fw build' made"),
  TASK_NAMES_NO_PATH(
      "its task says %s, expected the name of a path, or a kind of which there is one path",
      "say \"path\": NAME in the adapter's \"task\""),
  OTHER_COMPONENT(
      "is for component '%s', and the path's backbone is '%s'", "leave out the adapter"),
  ADAPTER_NOT_USED("task '%s' has no backbone for an adapter", "leave out --adapter"),
  TOO_MANY_ADAPTERS("is one more than the %s that are kept beside a model", "ask in several runs"),
  TOO_MANY_REQUESTS("has %s bytes, more than the %s allowed", "ask in several runs"),
  ADAPTER_INPUTS_REQUIRED(
      "takes an adapter's matrices one by one, and no .onnx_adapter file",
      "choose another target with --target"),
  NO_DECODER("predicts no tokens; its parts are %s", "use 'm4fw run' with tensors"),
  NO_TOKENIZER("has no tokenizer.json", "put the model's tokenizer.json beside its weights");

  private final String template;
  private final String hint;
  private final Category category;

  ModelError(String template, String hint) {
    this(template, hint, Category.INPUT);
  }

  ModelError(String template, String hint, Category category) {
    this.template = template;
    this.hint = hint;
    this.category = category;
  }

  @Override
  public String template() {
    return template;
  }

  @Override
  public String hint() {
    return hint;
  }

  @Override
  public Category category() {
    return category;
  }
}
