package org.m4fw.quantizer.method;

import org.m4fw.quantizer.EncodedWeights;

/** Each number for itself: needs no calibration, and no more than one pass over the weights. */
public record RoundToNearestMethod() implements QuantizationMethod {
  /** The id. */
  public static final String ID = "rtn";

  @Override
  public String id() {
    return ID;
  }

  /** Nothing is to be prepared: the store rounds to the nearest what it is asked for. */
  @Override
  public EncodedWeights prepare(Job job) {
    return job.store();
  }
}
