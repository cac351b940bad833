// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// math: functions over ints, and products.
#include <limits>

#include "vm/builtins/tables.h"
#include "vm/items.h"
#include "vm/number_bits.h"
#include "vm/numbers.h"
#include "vm/operators.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

using Arguments = std::span<const Term>;

bool check_int(Context& context, Term number) {
  if (is_int(number)) return true;
  context.raise("TypeError", "'" + type_name(number) + "' object cannot be interpreted as an integer");
  return false;
}

/// function(number), where `wanted` numbers are taken.
Term of_number(Context& context, Term made, Term number, const char* wanted) {
  return is_not_mine(made) ? context.raise("TypeError", std::string(wanted) + type_name(number)) : made;
}

Term run_floor(Context& context, Arguments arguments) {
  return of_number(context, floor_(context, arguments[0]), arguments[0], "must be real number, not ");
}
Term run_ceil(Context& context, Arguments arguments) {
  return of_number(context, ceil_(context, arguments[0]), arguments[0], "must be real number, not ");
}
Term run_trunc(Context& context, Arguments arguments) {
  const Term made = to_int(context, arguments[0]);
  return is_not_mine(made) ? context.raise("TypeError", "type " + type_name(arguments[0]) + " doesn't define __trunc__ method")
                           : made;
}
Term run_isqrt(Context& context, Arguments arguments) {
  return check_int(context, arguments[0]) ? isqrt(context, arguments[0]) : Term();
}

Term run_gcd(Context& context, Arguments arguments) {
  Term divisor = Term::small(0);
  for (const Term number : arguments) {
    if (!check_int(context, number)) return Term();
    divisor = gcd(context, divisor, number);
  }
  return divisor;
}

Term run_lcm(Context& context, Arguments arguments) {
  Term multiple = Term::small(1);
  for (const Term number : arguments) {
    if (!check_int(context, number)) return Term();
    const Term divisor = gcd(context, multiple, number);
    if (divisor == Term::small(0) || multiple == Term::small(0)) {
      multiple = Term::small(0);
      continue;
    }
    multiple = multiply(context, floor_divide(context, multiple, divisor), number);
    if (multiple.is_nothing()) return multiple;
    multiple = absolute(context, multiple);
  }
  return multiple;
}

/// n * (n - 1) * ...: `count` factors.
Term falling_product(Context& context, Term n, std::int64_t count) {
  constexpr std::int64_t kFew = 8;
  if (count > kFew) {
    const std::int64_t half = count / 2;
    const Term left = falling_product(context, n, half);
    if (left.is_nothing()) return left;
    const Term right = falling_product(context, subtract(context, n, Term::small(half)), count - half);
    return right.is_nothing() ? right : multiply(context, left, right);
  }
  Term product = Term::small(1);
  for (std::int64_t i = 0; i < count && !product.is_nothing(); ++i)
    product = multiply(context, product, subtract(context, n, Term::small(i)));
  context.charge(static_cast<std::size_t>(count));
  return product;
}

/// Whether a product of so many factors up to n has a chance to fit (numbers.h, N2); MemoryError if not.
bool check_product(Context& context, Term n, std::int64_t count) {
  const Term bits = bit_length(context, n);
  const std::int64_t half_of_bits = bits.unchecked_small() / 2;  // of the average factor, at least
  if (count <= static_cast<std::int64_t>(kMostBits) / std::max<std::int64_t>(half_of_bits, 1)) return true;
  context.raise("MemoryError", "");
  return false;
}

Term as_int(Term integer) { return integer.is_bool() ? Term::small(integer.is_true()) : integer; }

Term run_factorial(Context& context, Arguments arguments) {
  if (!check_int(context, arguments[0])) return Term();
  const Term n = as_int(arguments[0]);
  if (is_negative(n)) return context.raise("ValueError", "factorial() not defined for negative values");
  if (!fits_int64(n))
    return context.raise("OverflowError",
                         "factorial() argument should not exceed " + std::to_string(std::numeric_limits<std::int64_t>::max()));
  return check_product(context, n, clamped_int(n)) ? falling_product(context, n, clamped_int(n)) : Term();
}

/// n and k of comb and perm.
bool read_two(Context& context, Arguments arguments, Term* n, Term* k) {
  if (!check_int(context, arguments[0]) || !check_int(context, arguments[1])) return false;
  *n = as_int(arguments[0]);
  *k = as_int(arguments[1]);
  if (!is_negative(*n) && !is_negative(*k)) return true;
  context.raise("ValueError", std::string(is_negative(*n) ? "n" : "k") + " must be a non-negative integer");
  return false;
}

/// n, k
Term run_perm(Context& context, Arguments arguments) {
  if (arguments[1].is_nothing() || arguments[1].is_none()) return run_factorial(context, arguments.first(1));
  Term n, k;
  if (!read_two(context, arguments, &n, &k)) return Term();
  if (compare_numbers(k, n) > 0) return Term::small(0);
  if (!fits_int64(k))
    return context.raise("OverflowError", "k must not exceed " + std::to_string(std::numeric_limits<std::int64_t>::max()));
  return check_product(context, n, clamped_int(k)) ? falling_product(context, n, clamped_int(k)) : Term();
}

/// n, k
Term run_comb(Context& context, Arguments arguments) {
  Term n, k;
  if (!read_two(context, arguments, &n, &k)) return Term();
  const Term others = subtract(context, n, k);
  if (is_negative(others)) return Term::small(0);
  if (compare_numbers(others, k) < 0) k = others;
  if (!fits_int64(k))
    return context.raise("OverflowError",
                         "min(n - k, k) must not exceed " + std::to_string(std::numeric_limits<std::int64_t>::max()));
  if (!check_product(context, n, clamped_int(k))) return Term();
  const Term product = falling_product(context, n, clamped_int(k));
  const Term orders = product.is_nothing() ? product : falling_product(context, k, clamped_int(k));
  return orders.is_nothing() ? orders : floor_divide(context, product, orders);
}

/// iterable, start
Term run_prod(Context& context, Arguments arguments) {
  Term product = arguments[1].is_nothing() ? Term::small(1) : arguments[1];
  Iteration iteration(context, arguments[0]);
  for (Term item; iteration.next(&item);) {
    product = operate(context, Opcode::Multiply, product, item);
    if (product.is_nothing()) return product;
    context.charge(1);
  }
  return iteration.raised() ? Term() : product;
}

constexpr Builtin kFunctions[] = {
    {"math.ceil", "x, /", run_ceil},
    {"math.comb", "n, k, /", run_comb},
    {"math.factorial", "x, /", run_factorial},
    {"math.floor", "x, /", run_floor},
    {"math.gcd", "*integers", run_gcd},
    {"math.isqrt", "n, /", run_isqrt},
    {"math.lcm", "*integers", run_lcm},
    {"math.perm", "n, k=None, /", run_perm},
    {"math.prod", "iterable, /, *, start=1", run_prod},
    {"math.trunc", "x, /", run_trunc},
};

}  // namespace

std::span<const Builtin> math_int_functions() { return kFunctions; }

}  // namespace pyvm::vm
