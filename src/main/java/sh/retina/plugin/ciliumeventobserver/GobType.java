package sh.retina.plugin.ciliumeventobserver;

import java.util.List;

/** How a value lies in a gob; types refer to each other by number. */
sealed interface GobType {
  /** Types that need no definition, in the order of their numbers from 1 on. */
  enum Basic implements GobType {
    BOOL,
    INT,
    UINT,
    FLOAT,
    BYTES,
    STRING,
    COMPLEX,
    /** A name, a type and bytes; passed over. */
    INTERFACE
  }

  /** What its own Go type wrote: bytes. */
  record Opaque() implements GobType {}

  /** A slice, or an array, whose length is written with each value too. */
  record Sequence(int element) implements GobType {}

  /** A map. */
  record Mapping(int key, int value) implements GobType {}

  /** A struct: its fields in order. */
  record Struct(List<Field> fields) implements GobType {}

  /** A field of a struct. */
  record Field(String name, int type) {}
}
