using System.Net;

namespace FloydSharp.IO.Tests.Hub;

/// <summary>Answers requests without a network, for hosts that the tests cannot be.</summary>
internal sealed class StubHandler(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
{
    public List<(string Address, string? Token)> Requests { get; } = [];

    public static HttpResponseMessage Redirect(string target)
    {
        var response = new HttpResponseMessage(HttpStatusCode.Found);
        response.Headers.Location = new Uri(target, UriKind.RelativeOrAbsolute);
        return response;
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Add((request.RequestUri!.AbsoluteUri, request.Headers.Authorization?.Parameter));
        var response = answer(request);
        response.RequestMessage = request;
        return Task.FromResult(response);
    }
}
