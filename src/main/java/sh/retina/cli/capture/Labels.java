package sh.retina.cli.capture;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import sh.retina.cli.CliException;

/** Selectors as kubectl takes them: {@code a=b,c!=d,e in (f,g),h,!i}. */
final class Labels {
  private static final String WORD = "[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?";
  private static final Pattern EQUALS = Pattern.compile("(" + WORD + ")\\s*==?\\s*(" + WORD + "|)");
  private static final Pattern DIFFERS = Pattern.compile("(" + WORD + ")\\s*!=\\s*(" + WORD + "|)");
  private static final Pattern SET =
      Pattern.compile("(" + WORD + ")\\s+(in|notin)\\s+\\(([^()]*)\\)", Pattern.CASE_INSENSITIVE);
  private static final Pattern EXISTS = Pattern.compile("(!?)\\s*(" + WORD + ")");

  /** A comma that is not within brackets. */
  private static final Pattern COMMA = Pattern.compile(",(?![^(]*\\))");

  private Labels() {}

  /** {@code option}: whose text it is, for the fault. */
  static LabelSelector parse(String option, String text) {
    Map<String, String> equal = new LinkedHashMap<>();
    List<LabelSelectorRequirement> more = new ArrayList<>();
    for (String part : COMMA.split(text.strip(), -1)) {
      String one = part.strip();
      Matcher equals = EQUALS.matcher(one);
      Matcher differs = DIFFERS.matcher(one);
      Matcher set = SET.matcher(one);
      Matcher exists = EXISTS.matcher(one);
      if (equals.matches()) {
        equal.put(equals.group(1), equals.group(2));
      } else if (differs.matches()) {
        more.add(requirement(differs.group(1), "NotIn", List.of(differs.group(2))));
      } else if (set.matches()) {
        boolean in = set.group(2).toLowerCase(Locale.ROOT).equals("in");
        List<String> values =
            Arrays.stream(set.group(3).split(",", -1)).map(String::strip).toList();
        more.add(requirement(set.group(1), in ? "In" : "NotIn", values));
      } else if (exists.matches()) {
        boolean not = !exists.group(1).isEmpty();
        more.add(requirement(exists.group(2), not ? "DoesNotExist" : "Exists", List.of()));
      } else {
        throw CliException.usage(
            option + " " + text + ": '" + one + "' is no selector such as app=web");
      }
    }
    return new LabelSelectorBuilder().withMatchLabels(equal).withMatchExpressions(more).build();
  }

  private static LabelSelectorRequirement requirement(
      String key, String operator, List<String> values) {
    return new LabelSelectorRequirement(key, operator, values);
  }
}
