using System.Net;
using System.Net.Http.Headers;
using System.Reflection;

namespace FloydSharp.IO.Hub;

/// <summary>
/// Requests and their redirects. The token goes to Hub hosts alone: the same scheme, host and port as the endpoint, or the Hub
/// itself. Redirects are followed here and not by the handler, because the first one to another host carries the headers that
/// matter, and because the token must not follow it.
/// </summary>
internal sealed class HubConnection : IDisposable
{
    private const int MaxRedirects = 10;

    private static readonly string[] _hubHosts = ["huggingface.co", "hf.co"];

    private static readonly string _agent = "floyd/" + (typeof(HubConnection).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0");

    private readonly HubSettings _settings;
    private readonly Uri _endpoint;
    private readonly HttpClient _http;

    public HubConnection(HubSettings settings, HttpMessageHandler? handler)
    {
        _settings = settings;
        _endpoint = new Uri(settings.Endpoint);
        _http = new HttpClient(handler ?? NewHandler(settings), disposeHandler: handler is null) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>The time that dates in answers are compared with.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Asks a Hub, following its redirects up to the first one that leaves the Hub's hosts.</summary>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="address">What to ask.</param>
    /// <param name="from">The first byte wanted.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="TransientFault">It failed in a way that may pass.</exception>
    /// <exception cref="HubException">It cannot work.</exception>
    public async Task<HubResponse> AskAsync(HttpMethod method, Uri address, long from, CancellationToken cancellation)
    {
        for (var hop = 0; hop <= MaxRedirects; hop++)
        {
            var response = await SendAsync(method, address, from, IsHub(address), cancellation).ConfigureAwait(false);
            if (Target(response, address) is not { } target)
                return new(response, address, null);
            if (!IsHub(target))
                return new(response, address, target);
            response.Dispose();
            address = target;
        }

        throw new HubException(HubError.NotAHub, $"{HubFailure.Address(address)} redirects more than {MaxRedirects} times; check HF_ENDPOINT.");
    }

    /// <summary>Gets content from where a Hub said that it is, without the token.</summary>
    /// <inheritdoc cref="AskAsync"/>
    public async Task<HttpResponseMessage> FetchAsync(Uri address, long from, CancellationToken cancellation)
    {
        for (var hop = 0; hop <= MaxRedirects; hop++)
        {
            var response = await SendAsync(HttpMethod.Get, address, from, withToken: false, cancellation).ConfigureAwait(false);
            if (Target(response, address) is not { } target)
                return response;
            response.Dispose();
            address = target;
        }

        throw new HubException(HubError.NotAHub, $"{HubFailure.Address(address)} redirects more than {MaxRedirects} times; try again later.");
    }

    /// <summary>Whether an address is one of a Hub host, which may see the token.</summary>
    public bool IsHub(Uri address) =>
        (address.Scheme == _endpoint.Scheme && address.Port == _endpoint.Port && string.Equals(address.IdnHost, _endpoint.IdnHost, StringComparison.OrdinalIgnoreCase))
        || (address.Scheme == "https" && address.Port == 443 && _hubHosts.Contains(address.IdnHost, StringComparer.OrdinalIgnoreCase));

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, long from, bool withToken, CancellationToken cancellation)
    {
        if (_settings.Offline)
            throw new HubException(HubError.Offline, "The network is switched off by HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE, and this is not in the cache; remove the variable to download.");
        using var request = new HttpRequestMessage(method, address);
        request.Headers.UserAgent.ParseAdd(_agent);
        // A length is only the file's where nothing is compressed on the way.
        request.Headers.AcceptEncoding.ParseAdd("identity");
        if (from > 0)
            request.Headers.Range = new RangeHeaderValue(from, null);
        if (withToken && _settings.Token is { } token)
            request.Headers.Authorization = new("Bearer", token);

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(_settings.AnswerTimeout);
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new TransientFault(HubError.Unreachable, $"{address.Authority} did not answer within {_settings.AnswerTimeout.TotalSeconds:0.#} seconds", e);
        }
        catch (HttpRequestException e)
        {
            throw new TransientFault(HubError.Unreachable, $"{address.Authority} cannot be reached ({PrintableText.Of(Innermost(e).Message.TrimEnd('.'))})", e);
        }

        if (Passing(response.StatusCode) is not { } error)
            return response;
        using (response)
        {
            var wait = RateLimit.WaitOf(response.Headers, Clock);
            if (wait > RateLimit.Longest)
                throw new HubException(error, $"{address.Authority} answers {(int)response.StatusCode} and asks to wait {wait.Value.TotalMinutes:0} minutes; try again then, what was downloaded is kept.");
            throw new TransientFault(error, $"{address.Authority} answers {(int)response.StatusCode}{(error == HubError.RateLimited ? ", too many requests" : "")}") { Wait = wait };
        }
    }

    private static HubError? Passing(HttpStatusCode status) => status switch
    {
        HttpStatusCode.TooManyRequests => HubError.RateLimited,
        HttpStatusCode.RequestTimeout or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway
            or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => HubError.Server,
        _ => null,
    };

    // Null where the answer is no redirect.
    private static Uri? Target(HttpResponseMessage response, Uri address)
    {
        if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
            or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect))
            return null;
        var location = response.Headers.Location;
        if (location is null || !Uri.TryCreate(address, location, out var target) || target.Scheme is not ("http" or "https") || target.UserInfo.Length > 0)
            throw Refused(response, $"{HubFailure.Address(address)} redirects to no address that can be followed; check HF_ENDPOINT.");
        if (address.Scheme == "https" && target.Scheme == "http")
            throw Refused(response, $"{HubFailure.Address(address)} redirects to {HubFailure.Address(target)}, which is not encrypted; that is not followed: check HF_ENDPOINT and the proxy.");
        return target;
    }

    private static HubException Refused(HttpResponseMessage response, string message)
    {
        response.Dispose();
        return new(HubError.NotAHub, message);
    }

    private static Exception Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e;

    private static SocketsHttpHandler NewHandler(HubSettings settings) => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        ConnectTimeout = settings.AnswerTimeout,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    };
}
