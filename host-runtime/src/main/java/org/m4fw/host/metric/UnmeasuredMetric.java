package org.m4fw.host.metric;

import java.util.Arrays;
import java.util.Optional;

/** The metrics of the paper's tasks that are not computed, and why. */
public enum UnmeasuredMetric {
  AP("ap", Missing.REGIONS),
  CLIP_SCORE("clip-score", "it is what another model, CLIP, thinks of an image"),
  FID("fid", "it compares what another model, Inception, sees in thousands of images"),
  MAP("map", Missing.REGIONS),
  MCD("mcd", "it compares cepstra of two voices, aligned in time, for which there is no one rule"),
  MIOU("miou", "no path of an image ends in masks"),
  MSE("mse", "no path of an image ends in mattes"),
  SSIM("ssim", "no path of an image makes an image of an image");

  private final String id;
  private final String reason;

  UnmeasuredMetric(String id, String reason) {
    this.id = id;
    this.reason = reason;
  }

  /** As tasks name it. */
  public String id() {
    return id;
  }

  /** Why it is not computed. */
  public String reason() {
    return reason;
  }

  /** The metric with that name, if it is one of these. */
  public static Optional<UnmeasuredMetric> of(String id) {
    return Arrays.stream(values()).filter(metric -> metric.id.equals(id)).findFirst();
  }

  /** What more than one of them would need. */
  private static final class Missing {
    static final String REGIONS = "no path of an image ends in boxes or keypoints";
  }
}
