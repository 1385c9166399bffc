package org.m4fw.graph.importer.onnx;

import java.util.Optional;
import org.m4fw.graph.onnx.GraphFacts;
import org.m4fw.graph.onnx.proto.ModelProto;
import org.m4fw.graph.onnx.proto.OperatorSetIdProto;

/** Which versions of the format and of the operators a file is in. */
final class Header {
  /** The one that came with opset 12. */
  private static final long OLDEST_FORMAT = 7;

  /** Of the newest release that was looked at; nothing since 7 changed what is read here. */
  private static final long NEWEST_FORMAT = 13;

  private Header() {}

  /** The version of the standard's own operators, checked. */
  static long opset(String file, ModelProto model) {
    Optional<String> target = GraphFacts.target(file, model);
    if (target.isPresent()) {
      throw OnnxImportError.COMPILED.at(file, "", target.get());
    }
    long format = model.getIrVersion();
    if (format < OLDEST_FORMAT || format > NEWEST_FORMAT) {
      throw OnnxImportError.IR_VERSION.at(file, "", format, OLDEST_FORMAT, NEWEST_FORMAT);
    }
    long opset = 0;
    for (OperatorSetIdProto imported : model.getOpsetImportList()) {
      if (isStandard(imported.getDomain())) {
        opset = Math.max(opset, imported.getVersion());
      }
    }
    if (opset < Upgrade.OLDEST || opset > Upgrade.NEWEST) {
      throw OnnxImportError.OPSET.at(file, "", opset, Upgrade.OLDEST, Upgrade.NEWEST);
    }
    return opset;
  }

  static boolean isStandard(String domain) {
    return domain.isEmpty() || domain.equals("ai.onnx");
  }
}
