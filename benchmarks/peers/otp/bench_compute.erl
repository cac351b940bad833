%% Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
%%
%% Work without messages.
-module(bench_compute).
-export([recursion/1, nqueens/1, mandelbrot/1, sort/1, word_count/1]).

recursion(P) ->
    N = bench:param(n, P, 27),
    T0 = bench:now_ns(),
    Value = bench:fib(N),
    S = bench:seconds_since(T0),
    {[{calls, "calls/s", (2 * Value - 1) / S}], Value}.

nqueens(P) ->
    Size = bench:param(size, P, 8),
    T0 = bench:now_ns(),
    Found = solutions([], 0, Size),
    S = bench:seconds_since(T0),
    {[{solutions, "solutions/s", Found / S}], Found}.

solutions(_, Size, Size) -> 1;
solutions(Board, Depth, Size) -> solutions(Size, Board, Depth, Size, 0).

solutions(0, _, _, _, Found) -> Found;
solutions(Queen, Board, Depth, Size, Found) ->
    case is_safe(Queen, 1, Board) of
        true -> solutions(Queen - 1, Board, Depth, Size, Found + solutions([Queen | Board], Depth + 1, Size));
        false -> solutions(Queen - 1, Board, Depth, Size, Found)
    end.

is_safe(_, _, []) -> true;
is_safe(Queen, Distance, [Other | _]) when Other =:= Queen; Other =:= Queen + Distance; Other =:= Queen - Distance -> false;
is_safe(Queen, Distance, [_ | Board]) -> is_safe(Queen, Distance + 1, Board).

mandelbrot(P) ->
    Size = bench:param(size, P, 200),
    Iterations = bench:param(iters, P, 100),
    T0 = bench:now_ns(),
    Total = rows(0, Size, Iterations, 0),
    S = bench:seconds_since(T0),
    {[{iterations, "iterations/s", Total / S}], Total}.

rows(Size, Size, _, Total) -> Total;
rows(Y, Size, Iterations, Total) -> rows(Y + 1, Size, Iterations, row(0, Size, 2.0 * Y / Size - 1.0, Iterations, Total)).

row(Size, Size, _, _, Total) -> Total;
row(X, Size, Cy, Iterations, Total) ->
    row(X + 1, Size, Cy, Iterations, Total + point(Iterations, 0, 2.0 * X / Size - 1.5, Cy, 0.0, 0.0)).

point(K, K, _, _, _, _) -> K;
point(Iterations, K, Cx, Cy, Zr, Zi) when is_float(Cx), is_float(Cy), is_float(Zr), is_float(Zi) ->
    A = Zr * Zr,
    B = Zi * Zi,
    if A + B > 4.0 -> K;
       true -> point(Iterations, K + 1, Cx, Cy, A - B + Cx, 2.0 * Zr * Zi + Cy)
    end.

sort(P) ->
    N = bench:param(n, P, 200000),
    Numbers = numbers(N, 42),
    T0 = bench:now_ns(),
    Sorted = lists:sort(Numbers),
    S = bench:seconds_since(T0),
    {Check, _} = lists:foldl(fun(X, {A, I}) -> {(A + X * (I rem 7)) band 16#7fffffff, I + 1} end, {0, 0}, Sorted),
    {[{sorted, "numbers/s", N / S}], Check}.

numbers(0, _) -> [];
numbers(N, X) -> Y = bench:lcg(X), [Y | numbers(N - 1, Y)].

word_count(P) ->
    Text = text(bench:param(bytes, P, 1000000)),
    T0 = bench:now_ns(),
    Counts = lists:foldl(
        fun(<<>>, Known) -> Known;
           (Word, Known) -> maps:update_with(Word, fun(V) -> V + 1 end, 1, Known)
        end, #{}, binary:split(Text, [<<" ">>, <<"\n">>], [global])),
    S = bench:seconds_since(T0),
    {Total, Most} = maps:fold(fun(_, V, {A, B}) -> {A + V, max(V, B)} end, {0, 0}, Counts),
    Check = list_to_atom(lists:flatten(io_lib:format("w~b_~b_~b", [maps:size(Counts), Total, Most]))),
    {[{bandwidth, "MB/s", byte_size(Text) / S / 1.0e6}], Check}.

%% Ten thousand words of three to ten letters, of which some are frequent; a line break behind each twelfth.
text(Size) ->
    {Words, X} = lists:mapfoldl(fun(_, X0) -> X1 = bench:lcg(X0), word(3 + (X1 bsr 8) rem 8, X1, []) end, 42, lists:seq(1, 10000)),
    iolist_to_binary(text(Size, list_to_tuple(Words), X, 0, [])).

word(0, X, Letters) -> {list_to_binary(lists:reverse(Letters)), X};
word(K, X, Letters) -> Y = bench:lcg(X), word(K - 1, Y, [$a + (Y bsr 8) rem 26 | Letters]).

text(Left, _, _, _, Parts) when Left =< 0 -> lists:reverse(Parts);
text(Left, Words, X, I, Parts) ->
    Y = bench:lcg(X),
    Z = bench:lcg(Y),
    Word = element(((Y bsr 8) rem 10000) * ((Z bsr 8) rem 10000) div 10000 + 1, Words),
    Separator = case I rem 12 of 11 -> $\n; _ -> $\s end,
    text(Left - byte_size(Word) - 1, Words, Z, I + 1, [[Word, Separator] | Parts]).
