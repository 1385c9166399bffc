package org.m4fw.cli.adapter;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.m4fw.host.TokenFile;

/** What an adapter is asked when it is bound. */
public final class Questions {
  /** Long enough for an adapter to show, short enough for a device to answer in a second. */
  static final int LENGTH = 32;

  private Questions() {}

  /** The beginnings of the first windows of a text that the adapter is for. */
  public static List<List<Long>> of(TokenFile tokens, int cases) {
    List<List<Long>> questions = new ArrayList<>();
    int length = Math.min(LENGTH, tokens.window());
    for (int i = 0; i < Math.min(cases, tokens.windows()); i++) {
      List<Long> question = new ArrayList<>();
      for (int t = 0; t < length; t++) {
        question.add(tokens.ids()[i * tokens.window() + t]);
      }
      questions.add(question);
    }
    return questions;
  }

  /** Any tokens, always the same, for want of a text. */
  public static List<List<Long>> random(int vocabulary, int cases) {
    SplittableRandom random = new SplittableRandom(vocabulary);
    List<List<Long>> questions = new ArrayList<>();
    for (int i = 0; i < cases; i++) {
      List<Long> question = new ArrayList<>();
      for (int t = 0; t < LENGTH; t++) {
        question.add((long) random.nextInt(vocabulary));
      }
      questions.add(question);
    }
    return questions;
  }
}
