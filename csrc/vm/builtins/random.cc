// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// random: each process has numbers of its own, begun from those of its scheduler when it first asks, or by random.seed. They are not
// CPython's: a seed gives another sequence there.
#include "base/random.h"

#include <cmath>

#include "sched/scheduler.h"
#include "term/change.h"
#include "term/hash.h"
#include "vm/builtins/floats.h"
#include "vm/builtins/tables.h"
#include "vm/calls.h"
#include "vm/items.h"
#include "vm/number_bits.h"
#include "vm/numbers.h"
#include "vm/operators.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

using Arguments = std::span<const Term>;

Random& numbers_of(Context& context) {
  auto& random = context.process.extras().random;
  if (!random) random = std::make_unique<Random>(Scheduler::current()->random().next());
  return *random;
}

/// a
Term run_seed(Context& context, Arguments arguments) {
  const Term seed = arguments[0];
  std::uint64_t number = 0;
  if (seed.is_nothing() || seed.is_none()) {
    number = Scheduler::current()->random().next();
  } else if (is_number(seed) || is_string(seed) || is_binary(seed)) {
    number = hash(seed);
  } else {
    return context.raise("TypeError", "The only supported seed types are: None,\nint, float, str, bytes, and bytearray.");
  }
  context.process.extras().random = std::make_unique<Random>(number);
  return Term::none();
}

Term run_random(Context& context, Arguments) { return context.heap.make_float(numbers_of(context).unit()); }

bool check_index(Context& context, Term number) {
  if (is_int(number)) return true;
  context.raise("TypeError", "'" + type_name(number) + "' object cannot be interpreted as an integer");
  return false;
}

/// An int of `bits` random bits.
Term random_bits(Context& context, std::size_t bits) {
  std::vector<Word> limbs((bits + 63) / 64);
  for (Word& limb : limbs) limb = numbers_of(context).next();
  if (bits % 64 != 0) limbs.back() >>= 64 - bits % 64;
  context.charge(limbs.size());
  return context.heap.make_big(false, limbs);
}

/// k
Term run_getrandbits(Context& context, Arguments arguments) {
  const std::optional<std::int64_t> bits = size_argument(context, arguments[0]);
  if (!bits) return Term();
  if (*bits < 0) return context.raise("ValueError", "number of bits must be non-negative");
  if (static_cast<std::size_t>(*bits) > kMostBits) return context.raise("MemoryError", "");
  return random_bits(context, static_cast<std::size_t>(*bits));
}

/// n
Term run_randbytes(Context& context, Arguments arguments) {
  const std::optional<std::int64_t> size = size_argument(context, arguments[0]);
  if (!size) return Term();
  if (*size < 0) return context.raise("ValueError", "number of bits must be non-negative");
  if (!fits_text(context, static_cast<std::size_t>(*size))) return Term();
  std::string bytes(static_cast<std::size_t>(*size), '\0');
  for (char& byte : bytes) byte = static_cast<char>(numbers_of(context).next() >> 56);
  context.charge(bytes.size());
  return make_bytes(context, bytes);
}

/// 0 to n - 1, each alike; n > 0.
Term below(Context& context, Term n) {
  if (n.is_small())
    return Term::small(static_cast<std::int64_t>(numbers_of(context).below(static_cast<Word>(n.unchecked_small()))));
  const auto bits = static_cast<std::size_t>(bit_length(context, n).unchecked_small());
  for (;;) {
    const Term drawn = random_bits(context, bits);
    if (compare_numbers(drawn, n) < 0) return drawn;
  }
}

bool is_positive(Term number) { return compare_numbers(number, Term::small(0)) > 0; }

std::string digits_of(Context& context, Term number) { return int_to_text(context, number).value_or("?"); }

/// A number of range(start, stop, step).
Term draw_from_range(Context& context, Term start, Term stop, Term step) {
  if (!check_index(context, start) || !check_index(context, stop) || !check_index(context, step)) return Term();
  const Term width = subtract(context, stop, start);
  if (equal_numbers(step, Term::small(1))) {
    if (is_positive(width)) return add(context, start, below(context, width));
    return context.raise("ValueError", "empty range for randrange() (" + digits_of(context, start) + ", " +
                                           digits_of(context, stop) + ", " + digits_of(context, width) + ")");
  }
  if (equal_numbers(step, Term::small(0))) return context.raise("ValueError", "zero step for randrange()");
  const Term one = Term::small(is_positive(step) ? -1 : 1);
  const Term count = floor_divide(context, add(context, add(context, width, step), one), step);
  if (!is_positive(count)) return context.raise("ValueError", "empty range for randrange()");
  return add(context, start, multiply(context, step, below(context, count)));
}

/// start, stop, step
Term run_randrange(Context& context, Arguments arguments) {
  const Term step = arguments[2].is_nothing() ? Term::small(1) : arguments[2];
  if (!arguments[1].is_nothing() && !arguments[1].is_none()) return draw_from_range(context, arguments[0], arguments[1], step);
  if (!arguments[2].is_nothing()) return context.raise("TypeError", "Missing a non-None stop argument");
  if (!check_index(context, arguments[0])) return Term();
  if (!is_positive(arguments[0])) return context.raise("ValueError", "empty range for randrange()");
  return below(context, arguments[0].is_bool() ? Term::small(1) : arguments[0]);
}

/// a, b
Term run_randint(Context& context, Arguments arguments) {
  if (!check_index(context, arguments[0]) || !check_index(context, arguments[1])) return Term();
  return draw_from_range(context, arguments[0], add(context, arguments[1], Term::small(1)), Term::small(1));
}

/// len(sequence), which must be one.
std::optional<std::size_t> length_of_sequence(Context& context, Term sequence) {
  const Term resolved = resolve(sequence);
  if (is_list_or_tuple(resolved)) return size_of(resolved);
  const std::optional<std::size_t> length = length_of(resolved);
  if (!length) context.raise("TypeError", "object of type '" + type_name(resolved) + "' has no len()");
  return length;
}

/// seq
Term run_choice(Context& context, Arguments arguments) {
  const std::optional<std::size_t> length = length_of_sequence(context, arguments[0]);
  if (!length) return Term();
  if (*length == 0) return context.raise("IndexError", "Cannot choose from an empty sequence");
  return get_item(context, arguments[0], Term::small(static_cast<std::int64_t>(numbers_of(context).below(*length))));
}

void shuffle(Context& context, std::span<Term> items) {
  context.charge(items.size());
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[numbers_of(context).below(i)]);
}

/// x
Term run_shuffle(Context& context, Arguments arguments) {
  const Term list = resolve(arguments[0]);
  if (!is_box(list, BoxKind::List))
    return context.raise("TypeError", "'" + type_name(list) + "' object does not support item assignment");
  if (!check_changeable(context, list)) return Term();
  const std::span<const Term> items = list_items(list);
  std::vector<Term> shuffled(items.begin(), items.end());
  shuffle(context, shuffled);
  for (std::size_t i = 0; i < shuffled.size(); ++i) list_set(list, i, shuffled[i], context.heap);
  return Term::none();
}

/// population, k
Term run_sample(Context& context, Arguments arguments) {
  const Term population = resolve(arguments[0]);
  if (!is_list_or_tuple(population) && !is_string(population) && !is_binary(population) && !is_box(population, BoxKind::Range))
    return context.raise("TypeError", "Population must be a sequence.  For dicts or sets, use sorted(d).");
  const std::optional<std::int64_t> count = size_argument(context, arguments[1]);
  std::vector<Term> items;
  if (!count || !collect_items(context, population, items)) return Term();
  if (*count < 0 || static_cast<std::size_t>(*count) > items.size())
    return context.raise("ValueError", "Sample larger than population or is negative");
  const auto wanted = static_cast<std::size_t>(*count);
  context.charge(wanted);
  for (std::size_t i = 0; i < wanted; ++i) std::swap(items[i], items[i + numbers_of(context).below(items.size() - i)]);
  return context.heap.make_list(std::span(items).first(wanted));
}

/// The sums of weights up to each; false with an exception when they do not fit.
bool read_weights(Context& context, Term weights, bool summed, std::size_t count, std::vector<double>& sums) {
  if (!read_doubles(context, weights, sums)) return false;
  if (sums.size() != count) {
    context.raise("ValueError", "The number of weights does not match the population");
    return false;
  }
  for (std::size_t i = 1; i < sums.size() && !summed; ++i) sums[i] += sums[i - 1];
  const double total = sums.empty() ? 0.0 : sums.back();
  if (total > 0.0 && std::isfinite(total)) return true;
  context.raise("ValueError", total <= 0.0 ? "Total of weights must be greater than zero" : "Total of weights must be finite");
  return false;
}

/// population, weights, cum_weights, k
Term run_choices(Context& context, Arguments arguments) {
  std::vector<Term> items, drawn;
  std::vector<double> sums;
  const auto is_given = [&](std::size_t place) { return !arguments[place].is_nothing() && !arguments[place].is_none(); };
  const std::optional<std::int64_t> count = arguments[3].is_nothing() ? 1 : size_argument(context, arguments[3]);
  if (!count || !collect_items(context, arguments[0], items)) return Term();
  if (is_given(1) && is_given(2)) return context.raise("TypeError", "Cannot specify both weights and cumulative weights");
  const bool weighted = is_given(1) || is_given(2);
  if (weighted && !read_weights(context, arguments[is_given(1) ? 1 : 2], is_given(2), items.size(), sums)) return Term();
  if (items.empty() && *count > 0) return context.raise("IndexError", "list index out of range");
  for (std::int64_t i = 0; i < *count; ++i) {
    std::size_t place = 0;
    if (weighted) {
      const auto found = std::ranges::upper_bound(sums, numbers_of(context).unit() * sums.back());
      place = std::min(static_cast<std::size_t>(found - sums.begin()), items.size() - 1);
    } else {
      place = numbers_of(context).below(items.size());
    }
    drawn.push_back(items[place]);
  }
  context.charge(drawn.size());
  return context.heap.make_list(drawn);
}

bool read_two(Context& context, Arguments arguments, double* a, double* b) {
  return (arguments[0].is_nothing() || read_double(context, arguments[0], a)) &&
         (arguments[1].is_nothing() || read_double(context, arguments[1], b));
}

/// a, b
Term run_uniform(Context& context, Arguments arguments) {
  double a = 0, b = 0;
  if (!read_two(context, arguments, &a, &b)) return Term();
  return context.heap.make_float(a + (b - a) * numbers_of(context).unit());
}

/// mu, sigma
Term run_gauss(Context& context, Arguments arguments) {
  double mu = 0.0, sigma = 1.0;
  if (!read_two(context, arguments, &mu, &sigma)) return Term();
  Random& random = numbers_of(context);
  const double angle = 2.0 * M_PI * random.unit();
  const double length = std::sqrt(-2.0 * std::log(1.0 - random.unit()));
  return context.heap.make_float(mu + std::cos(angle) * length * sigma);
}

/// lambd
Term run_expovariate(Context& context, Arguments arguments) {
  double rate = 0;
  if (!read_double(context, arguments[0], &rate)) return Term();
  if (rate == 0.0) return context.raise("ZeroDivisionError", "float division by zero");
  return context.heap.make_float(-std::log(1.0 - numbers_of(context).unit()) / rate);
}

constexpr Builtin kFunctions[] = {
    {"random.choice", "seq", run_choice},
    {"random.choices", "population, weights=None, *, cum_weights=None, k=1", run_choices},
    {"random.expovariate", "lambd", run_expovariate},
    {"random.gauss", "mu=0.0, sigma=1.0", run_gauss},
    {"random.getrandbits", "k, /", run_getrandbits},
    {"random.normalvariate", "mu=0.0, sigma=1.0", run_gauss},
    {"random.randbytes", "n", run_randbytes},
    {"random.randint", "a, b", run_randint},
    {"random.random", "", run_random},
    {"random.randrange", "start, stop=None, step=1", run_randrange},
    {"random.sample", "population, k", run_sample},
    {"random.seed", "a=None", run_seed},
    {"random.shuffle", "x", run_shuffle},
    {"random.uniform", "a, b", run_uniform},
};

}  // namespace

std::span<const Builtin> random_functions() { return kFunctions; }

}  // namespace pyvm::vm
