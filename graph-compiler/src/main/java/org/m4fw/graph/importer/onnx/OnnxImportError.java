package org.m4fw.graph.importer.onnx;

import org.m4fw.base.problem.ErrorCode;

/** Why an ONNX file cannot become a graph. */
public enum OnnxImportError implements ErrorCode {
  MALFORMED("is not a valid ONNX file: %s", "the file is damaged; fetch it again"),
  COMPILED(
      "was compiled by m4fw for the target %s, and is no component any more",
      "name the model that it was made from; 'm4fw run' takes the directory that 'compile' wrote"),
  IR_VERSION(
      "is of version %d of the format, supported are %d to %d", "export the model again today"),
  OPSET(
      "uses version %d of the standard operators, supported are %d to %d",
      "export the model with opset 17 to 21"),
  DOMAIN(
      "uses operators of the domain '%s', supported are those of the standard alone",
      "export the model without operators of a runtime's own, before a runtime optimized it"),
  CHANGED_OPERATOR(
      "found %s of opset %d, expected %s",
      "export the model with opset 21, or convert it with onnx.version_converter"),
  SUBGRAPH(
      "%s holds a graph of its own, which is not supported",
      "export the model for one fixed way through its conditions and loops"),
  ATTRIBUTE(
      "%s has the attribute %s of type %s, which is not supported", "export the model without it"),
  ELEMENT_TYPE(
      "found element type %d, supported are float32, int64, int32, int8, uint8 and bool%s",
      "export the model in float32; m4fw computes in the arithmetic of the target"),
  NO_SHAPE(
      "has no type and shape of a tensor",
      "write them with onnx.shape_inference; sequences, maps and optional values are not supported"),
  CONSTANT_TOO_LARGE("is a constant of %d bytes, at most %d are expected", "make it a weight"),
  UNDEFINED("needs the value '%s', which no earlier step gives", "the file is damaged"),
  RESERVED_NAME(
      "is a name that compilation needs for a step of its own", "give the value another name"),
  DEFINED_TWICE("is defined twice", "the file is damaged"),
  NOT_COMPUTED(
      "is an output that no operator gives", "remove outputs that repeat an input or a constant"),
  EMPTY("has no %s", "the file holds no model that could be run");

  private final String template;
  private final String hint;

  OnnxImportError(String template, String hint) {
    this.template = template;
    this.hint = hint;
  }

  @Override
  public String template() {
    return template;
  }

  @Override
  public String hint() {
    return hint;
  }
}
