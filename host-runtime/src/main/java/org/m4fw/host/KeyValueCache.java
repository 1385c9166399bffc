package org.m4fw.host;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtSession;
import java.util.Map;

/** Keys and values of the tokens that a decoder has seen. */
sealed interface KeyValueCache extends AutoCloseable permits SharedCache, GrowingCache {

  /** What the next step reads, by input name. */
  Map<String, OnnxTensor> inputs();

  /** Where the next step has to put what it makes, by output name; the rest it allocates. */
  Map<String, OnnxValue> pinned();

  /** Takes over what a step made and was not pinned; the result then belongs to the cache. */
  void take(OrtSession.Result result);

  @Override
  void close();
}
