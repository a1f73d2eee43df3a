package sh.retina.bpf;

import java.util.ArrayList;
import java.util.List;

/**
 * Compares a function of the kernel with what a program expects of it: {@code SIGNATURE} in emit.h
 * leaves a typedef in the object. Pointers to structs must be to one of the same tag, {@code void}
 * in the object stands for any; numbers must be as wide. The kernel may have more parameters.
 */
final class KernelSignature {
  private static final String PREFIX = "signature_";
  private static final String FLAVOUR = "___";

  private KernelSignature() {}

  /** Why the function is not what the object expects; empty when it is, or nothing is expected. */
  static String mismatch(Btf object, String function, Btf kernel) {
    int known = kernel.find(function, BtfKind.FUNCTION, BtfKind.FUNCTION);
    if (known == 0) {
      return "the kernel's BTF has no function " + function;
    }
    int actual = kernel.sizeOrType(known);
    List<String> wanted = new ArrayList<>();
    for (int id = 1; id < object.typeCount(); id++) {
      if (object.kind(id) == BtfKind.TYPEDEF && isSignature(object.name(id), function)) {
        int expected = object.sizeOrType(object.resolve(id));
        if (matches(object, expected, kernel, actual)) {
          return "";
        }
        wanted.add(text(object, expected));
      }
    }
    return wanted.isEmpty()
        ? ""
        : "%s is %s in this kernel, not %s"
            .formatted(function, text(kernel, actual), String.join(" or ", wanted));
  }

  private static boolean isSignature(String typedef, String function) {
    return typedef.equals(PREFIX + function) || typedef.startsWith(PREFIX + function + FLAVOUR);
  }

  private static boolean matches(Btf object, int expected, Btf kernel, int actual) {
    int parameters = object.memberCount(expected);
    if (parameters > kernel.memberCount(actual)
        || !isSame(object, object.sizeOrType(expected), kernel, kernel.sizeOrType(actual))) {
      return false;
    }
    for (int i = 0; i < parameters; i++) {
      if (!isSame(object, parameter(object, expected, i), kernel, parameter(kernel, actual, i))) {
        return false;
      }
    }
    return true;
  }

  private static int parameter(Btf btf, int prototype, int index) {
    return btf.extra(prototype, 2 * index + 1);
  }

  private static boolean isSame(Btf object, int expected, Btf kernel, int actual) {
    int ours = object.resolve(expected);
    int theirs = kernel.resolve(actual);
    if ((object.kind(ours) == BtfKind.POINTER) != (kernel.kind(theirs) == BtfKind.POINTER)) {
      return false;
    }
    if (object.kind(ours) != BtfKind.POINTER) {
      return object.size(ours) == kernel.size(theirs);
    }
    String to = tag(object, ours);
    return to.isEmpty() || to.equals(tag(kernel, theirs));
  }

  /** What a pointer points to, without a flavour; empty for what has no tag. */
  private static String tag(Btf btf, int pointer) {
    int to = btf.resolve(btf.sizeOrType(pointer));
    String name = btf.kind(to) == BtfKind.VOID ? "" : btf.name(to);
    int flavour = name.indexOf(FLAVOUR);
    return flavour > 0 ? name.substring(0, flavour) : name;
  }

  private static String text(Btf btf, int prototype) {
    List<String> parameters = new ArrayList<>();
    for (int i = 0; i < btf.memberCount(prototype); i++) {
      parameters.add(word(btf, parameter(btf, prototype, i)));
    }
    return word(btf, btf.sizeOrType(prototype)) + "(" + String.join(", ", parameters) + ")";
  }

  private static String word(Btf btf, int id) {
    int type = btf.resolve(id);
    if (btf.kind(type) != BtfKind.POINTER) {
      return btf.name(type);
    }
    String to = tag(btf, type);
    return (to.isEmpty() ? "void" : to) + " *";
  }
}
