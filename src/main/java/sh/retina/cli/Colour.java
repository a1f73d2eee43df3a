package sh.retina.cli;

/** Colours of a terminal, by their sequences of ECMA-48. */
enum Colour {
  NONE(""),
  RED("\u001b[31m"),
  GREEN("\u001b[32m"),
  YELLOW("\u001b[33m");

  private static final String END = "\u001b[0m";

  private final String begin;

  Colour(String begin) {
    this.begin = begin;
  }

  /** The text in this colour, where colours are wanted. */
  String of(String text, boolean isColoured) {
    return isColoured && this != NONE ? begin + text + END : text;
  }
}
