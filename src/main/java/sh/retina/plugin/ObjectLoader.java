package sh.retina.plugin;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sh.retina.bpf.BpfException;
import sh.retina.bpf.BpfLink;
import sh.retina.bpf.BpfObject;
import sh.retina.bpf.BpfSpec;
import sh.retina.bpf.HookProbe;
import sh.retina.bpf.KernelBtf;

/**
 * Loads an object and attaches it to the kernel's hooks with those of its programs that this kernel
 * takes. A program that is refused, by the verifier or when it is attached, costs one more load
 * without it; so there are at most as many as programs.
 */
final class ObjectLoader {
  /**
   * An object in the kernel.
   *
   * @param hooks its links to hooks of the kernel
   * @param missing hooks that it does without, and why
   */
  record Loaded(BpfObject object, List<BpfLink> hooks, Map<String, String> missing) {}

  private static final int EOPNOTSUPP = 95;

  private final ObjectSpec spec;
  private final byte[] elf;
  private final HookChoice choice;
  private final Consumer<BpfObject> prepare;
  private @Nullable BpfException first;
  private boolean preemptible = true;
  private boolean probed;

  ObjectLoader(ObjectSpec spec, byte[] elf) {
    this(spec, elf, _ -> {});
  }

  /** {@code prepare} is called with what was loaded, before anything is attached. */
  ObjectLoader(ObjectSpec spec, byte[] elf, Consumer<BpfObject> prepare) {
    this.prepare = prepare;
    this.spec = spec;
    this.elf = elf;
    this.choice = new HookChoice(spec.attachPoints());
  }

  /** Throws BpfException when the object does not load, or has hooks and gets at none. */
  Loaded load() {
    while (true) {
      BpfObject object = tryLoad();
      if (object == null) {
        continue;
      }
      List<BpfLink> hooks = new ArrayList<>();
      try {
        prepare.accept(object);
        if (attach(object, hooks)) {
          return new Loaded(object, hooks, choice.missing());
        }
      } catch (RuntimeException | Error e) {
        object.close();
        throw e;
      }
      object.close();
    }
  }

  /** Null when it is worth another try: one program less was chosen. */
  private @Nullable BpfObject tryLoad() {
    try (BpfSpec open = configured(spec, elf)) {
      probe(open);
      List<String> taken = choice.taken();
      if (taken.isEmpty() && !choice.isEmpty()) {
        throw nothingLeft();
      }
      return tryLoad(open, taken);
    }
  }

  private @Nullable BpfObject tryLoad(BpfSpec open, List<String> taken) {
    for (String program : choice.programs()) {
      open.autoload(program, taken.contains(program));
    }
    preemptible = preemptible && preferPreemptible(open);
    try {
      return open.load();
    } catch (BpfException e) {
      if (e.isShortage()) {
        throw e;
      }
      if (taken.contains(e.program())) {
        refuse(e.program(), e);
        return null;
      }
      if (preemptible) {
        PluginManager.LOG.info(
            "object={} once more without preemptible sweeps: {}", spec.object(), e.getMessage());
        preemptible = false;
        return null;
      }
      throw e;
    }
  }

  /**
   * Once: excludes what needs no load to see that it cannot be had. Of what is left, the first load
   * is nearly always the last.
   */
  private void probe(BpfSpec open) {
    if (probed || choice.isEmpty() || !KernelBtf.ofRunningKernel().isPresent()) {
      return;
    }
    probed = true;
    HookProbe probe = new HookProbe(open.btf(), KernelBtf.ofRunningKernel());
    for (String program : choice.programs()) {
      String obstacle = probe.obstacle(open.section(program));
      if (!obstacle.isEmpty()) {
        choice.refuse(program, program + ": " + obstacle);
      }
    }
  }

  /** Why a program cannot be had at its hook, as far as can be seen without loading it. */
  static String obstacle(BpfSpec open, String program) {
    KernelBtf kernel = KernelBtf.ofRunningKernel();
    return kernel.isPresent()
        ? new HookProbe(open.btf(), kernel).obstacle(open.section(program))
        : "";
  }

  /** Whether all that is chosen is attached; what is not is chosen no more. */
  private boolean attach(BpfObject object, List<BpfLink> hooks) {
    boolean all = true;
    for (String program : choice.taken()) {
      try {
        hooks.add(object.program(program).attach());
      } catch (BpfException e) {
        if (e.isShortage()) {
          throw e;
        }
        refuse(program, e);
        all = false;
      }
    }
    return all;
  }

  private void refuse(String program, BpfException e) {
    PluginManager.LOG.debug("object={} without {}: {}", spec.object(), program, e.getMessage());
    choice.refuse(program, String.valueOf(e.getMessage()));
    if (first == null) {
      first = e;
    }
  }

  private BpfException nothingLeft() {
    Map<String, String> missing = choice.missing();
    BpfException cause = first;
    if (missing.size() == 1 && cause != null) {
      return cause;
    }
    List<String> reasons = new ArrayList<>();
    missing.forEach((hook, why) -> reasons.add(hook + ": " + why));
    return new BpfException(
        "attach " + spec.object() + " to any hook",
        cause == null ? EOPNOTSUPP : cause.errno(),
        String.join("; ", reasons));
  }

  /**
   * With sweeps that can be interrupted, where the object has such; those of tc hold up packets for
   * as long as they run.
   */
  private boolean preferPreemptible(BpfSpec open) {
    RingSpec ring = spec.ring();
    if (ring == null || !open.programNames().contains(Reports.PREEMPTIBLE + ring.sweep())) {
      return false;
    }
    open.autoload(Reports.PREEMPTIBLE + ring.sweep(), true)
        .autoload(Reports.PREEMPTIBLE + ring.flush(), true);
    return true;
  }

  /** Open, with the settings of a spec; to be loaded or closed. */
  static BpfSpec configured(ObjectSpec spec, byte[] elf) {
    BpfSpec open = BpfObject.open(spec.object(), elf);
    try {
      spec.knobs().forEach(open::knob);
      spec.arrays().forEach((name, values) -> open.knob(name, bytes(values)));
      spec.mapSizes().forEach(open::mapSize);
      return open;
    } catch (RuntimeException e) {
      open.close();
      throw e;
    }
  }

  private static byte[] bytes(int[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Integer.BYTES).order(ByteOrder.nativeOrder());
    bytes.asIntBuffer().put(values);
    return bytes.array();
  }
}
